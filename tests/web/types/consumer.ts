/** What somebody writes who uses the client with TypeScript. It is compiled and never run. */

import {
  Live, Parlor, ParlorError, storedTokens,
  type Chat, type DropReason, type Handlers, type LogEvent, type Member, type Message, type Place, type Platform,
  type Ready, type Signal, type Status, type TokenStore, type Tokens,
} from '../../../crates/http/web/parlor-client.js';

const lines = new Map<string, string[]>();
const shown: string[] = [];

const named = (member: Member): string => `${member.username} (${member.role})`;

function describe(event: LogEvent): string {
  switch (event.kind) {
    case 'chat.created': return event.data.members.map(named).join();
    case 'chat.updated': return event.data.title ?? 'no title';
    case 'chat.deleted': return `deleted by ${event.by.username}`;
    case 'member.added': case 'member.removed': case 'member.role': return `${event.data.user.id} ${event.data.role}`;
    case 'message.created': return `${event.data.message} to ${event.data.reply_to ?? 'all'}`;
    case 'message.edited': return `${event.data.target}: ${event.data.message}`;
    case 'message.deleted': return event.data.target.toFixed();
    case 'reaction.added': case 'reaction.removed': return event.data.emoji;
  }
}

function hint(signal: Signal): string {
  switch (signal.kind) {
    case 'typing': return signal.data.on ? `${signal.by.username} types in ${signal.chat}` : '';
    case 'read': return `${signal.by.username} has read ${signal.data.seq}`;
    case 'presence': return `${signal.by.username} ${signal.data.online}`;
  }
}

function label(status: Status): string {
  switch (status.state) {
    case 'connecting': case 'live': return status.state;
    case 'waiting': return new Date(status.until).toISOString();
    case 'ended': return status.reason === 'signed_out' ? 'Log in again.' : status.reason;
  }
}

class Kept implements TokenStore {
  private tokens: Tokens | null = null;

  load(): Tokens | null { return this.tokens; }

  save(tokens: Tokens | null): void { this.tokens = tokens; }

  lock<T>(work: () => Promise<T>): Promise<T> { return work(); }
}

const platform: Partial<Platform> = {random: () => 0.5, now: () => 0};
const handlers: Handlers = {
  event(event) {
    lines.set(event.chat, [...lines.get(event.chat) ?? [], `${event.seq} ${event.at} ${describe(event)}`]);
  },
  drop(chat: string | null, reason: DropReason, head?: number) {
    shown.push(`${chat ?? 'all'} ${reason} ${head ?? ''}`);
  },
  signal: signal => { shown.push(hint(signal)); },
  ready(ready: Ready) {
    for (const {chat, head, state} of ready.chats) shown.push(`${chat} ${head} ${state === 'live'}`);
  },
  status: status => { shown.push(label(status)); },
};

export async function main(place?: Place): Promise<Place> {
  const parlor = new Parlor(new URL('http://127.0.0.1:8000'), {tokens: new Kept(), catchUp: 200, platform});
  const other = new Parlor('http://127.0.0.1:8000', {tokens: storedTokens(localStorage, 'mine')});
  await other.signUp({email: 'zoe@example.com', username: 'zoë', password: 'correct horse', invite: 'x'});
  const account = parlor.signedIn ? null : await parlor.logIn('mabel@example.com', 'correct horse');
  shown.push(account?.email ?? '');

  let path: string | null = 'chats/';
  while (path !== null) {
    const options = {signal: AbortSignal.timeout(1000)};
    const page: {items: Chat[]; next: string | null} = await parlor.page<Chat>(path, options);
    shown.push(...page.items.map(chat => chat.title ?? chat.members[0].username));
    path = page.next;
  }
  const message = await parlor.call<Message>('GET', 'chats/x/messages/1/', undefined, {headers: {Prefer: 'x'}});
  shown.push(...Object.entries(message.reactions).map(([emoji, users]) => `${emoji} ${users.length}`));

  const live: Live = parlor.follow(handlers, place);
  try {
    const {seq, duplicate} = await live.send('x', 'Hello!', {clientId: 'c-1', replyTo: null});
    const {unread} = await live.request<{read: number; unread: number}>('read', {chat: 'x', seq});
    shown.push(`${duplicate} ${unread}`);
  } catch (error) {
    if (!(error instanceof ParlorError)) throw error;
    const {message, code, errors, retryAfter, head, status} = error;
    shown.push(message, code, ...errors.message ?? [], `${retryAfter ?? head ?? status}`);
  }
  live.reconnect();
  // @ts-expect-error: the cursors are to be read only
  live.cursors.clear();
  // @ts-expect-error: only a Parlor makes one
  new Live();
  const left: Place = {cursors: [...live.cursors], epoch: live.epoch};
  live.close();
  await parlor.logOut();
  return left;
}
