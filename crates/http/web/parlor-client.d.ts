/**
 * A client of a Parlor server, for browsers and Node (22, or 18 with a `WebSocket` of your own): calls of the HTTP API, and
 * live delivery that loses and repeats nothing. The server serves it at `/parlor-client.js`; it needs nothing else.
 *
 * ```js
 * import {Parlor} from 'http://127.0.0.1:8000/parlor-client.js';
 *
 * const parlor = new Parlor('http://127.0.0.1:8000');
 * await parlor.logIn('mabel@example.com', 'correct horse');
 * const live = parlor.follow({
 *   event: event => console.log(event.chat, event.seq, event.kind, event.data), // each once, in order
 *   drop: chat => console.log('forget what you hold of', chat ?? 'all chats'),
 * });
 * await live.send(uri, 'Hello!'); // resolves once it is stored, over however many connections that takes
 * ```
 *
 * Shapes of answers and events: docs/API.md; the protocol beneath: docs/LIVE.md.
 */

/** Whoever is named in a chat. An erased account is `{id: 0, username: 'deleted user'}`. */
export interface User { id: number; username: string }
export interface Account extends User { email: string }
export type Role = 'owner' | 'admin' | 'member';
export interface Member extends User { role: Role }

/** A message as it is today; one that was deleted has the text `''`. */
export interface Message {
  seq: number; user: User; message: string; client_id: string | null; reply_to: number | null;
  /** For each emoji the ids of those who reacted, in the order of doing so. */
  reactions: Record<string, number[]>;
  created_at: string; edited_at: string | null; deleted: boolean;
}

export interface Chat {
  uri: string; kind: 'direct' | 'group'; title: string | null; owner: User | null; joinable: boolean;
  member_count: number; members: Member[]; head: number; read: number; unread: number;
  last_message: Message | null; created_at: string; updated_at: string;
}

interface EventOf<K extends string, D> { chat: string; seq: number; kind: K; at: string; by: User; data: D }

/** What was stored in a chat's log, as it is shown today. There may be further kinds: ignore those that you do not know. */
export type LogEvent =
  | EventOf<'chat.created', { kind: 'direct' | 'group'; title: string | null; joinable: boolean; members: Member[] }>
  | EventOf<'chat.updated', { title?: string | null; joinable?: boolean }>
  | EventOf<'chat.deleted', Record<string, never>>
  | EventOf<'member.added' | 'member.removed' | 'member.role', { user: User; role: Role }>
  | EventOf<'message.created', { message: string; client_id: string | null; reply_to: number | null }>
  | EventOf<'message.edited', { target: number; message: string }>
  | EventOf<'message.deleted', { target: number }>
  | EventOf<'reaction.added' | 'reaction.removed', { target: number; emoji: string }>;

/** What is told once and never repeated: somebody types, has read, comes or goes. */
export type Signal =
  | { kind: 'typing'; chat: string; by: User; data: { on: boolean } }
  | { kind: 'read'; chat: string; by: User; data: { seq: number } }
  | { kind: 'presence'; by: User; data: { online: boolean } };

/** Where the server and you stand after each connecting. */
export interface Ready {
  connection: number; epoch: string; user: User; time: string; expires_at: string; heartbeat: number;
  limits: Record<string, number>;
  chats: { chat: string; head: number; floor: number; read: number; unread: number; state: 'live' | 'behind' }[];
  /** Whether there are chats beside those listed; they are live too. */
  more: boolean;
  gone: string[];
}

/** Why copies of a chat, or of all chats, are worth nothing any more. */
export type DropReason =
  /** You are not in this chat any more, or it was deleted. */
  | 'gone'
  /** The database lives another life: seqs are given anew. Comes for all chats, with `chat` null. */
  | 'epoch'
  /** This chat's log ends below what you hold: the same for one chat. Load its newest page. */
  | 'cursor_ahead'
  /** What follows your place is no longer kept. Load the newest page. */
  | 'log_pruned'
  /** More was missed than `catchUp`, or it is not known how much. Load the newest page. */
  | 'far_behind';

export type Status =
  | { state: 'connecting' }
  | { state: 'live' }
  /** The next attempt comes at `until`, in milliseconds as of `Date.now()`. */
  | { state: 'waiting'; until: number }
  /** Nothing more is tried. `closed`: by `close()`. `signed_out`: log in again (or somebody else has logged in meanwhile:
   *  follow anew). `replaced`: this user has too many connections, `reconnect()` takes one back. `refused`: the server and
   *  this client do not understand each other. */
  | { state: 'ended'; reason: 'closed' | 'signed_out' | 'replaced' | 'refused' };

/** What a follower hears. None of these may throw; what they throw is reported, and following goes on. */
export interface Handlers {
  /** An event: each one once, in the order of its chat's log, without a gap, whatever breaks in between. */
  event?(event: LogEvent): void;
  /** Forget what you hold of the chat (of all if null); `head` is the seq from which its events come on. */
  drop?(chat: string | null, reason: DropReason, head?: number): void;
  signal?(signal: Signal): void;
  /** After each connecting, before any event. */
  ready?(ready: Ready): void;
  status?(status: Status): void;
}

/** Where to go on: what `Live.cursors` and `Live.epoch` were, kept beside your copies. */
export interface Place { cursors?: Iterable<[chat: string, seq: number]>; epoch?: string | null }

export interface Tokens { access: string; refresh: string }

/** Keeps the tokens of one login session. Several clients (tabs) may share one; then `lock` is to hold off the others. */
export interface TokenStore {
  load(): Tokens | null;
  save(tokens: Tokens | null): void;
  lock?<T>(work: () => Promise<T>): Promise<T>;
}

/** What a client takes from where it runs; tests bring their own. */
export interface Platform {
  fetch: typeof fetch;
  WebSocket: new (url: string, protocols: string[]) => WebSocket;
  setTimeout(work: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
  /** From 0 to below 1. */
  random(): number;
  now(): number;
  randomUUID(): string;
}

export interface Options {
  /** Kept in memory by default. See `storedTokens`. */
  tokens?: TokenStore;
  /** How many missed events of a chat are worth fetching; beyond, the chat is dropped with `far_behind`. Default 1000. */
  catchUp?: number;
  platform?: Partial<Platform>;
}

/** A call that failed. `code` is one of those in docs/API.md and docs/LIVE.md, or `unreachable` (no answer came),
 *  `disconnected` (the connection broke before the reply; it may have been done) or `ended` (`Live` has ended). */
export class ParlorError extends Error {
  /** That of the HTTP answer; 0 where there was none, as over the socket. */
  readonly status: number;
  readonly code: string;
  /** For each wrong field what is wrong. */
  readonly errors: Record<string, string[]>;
  /** Seconds to wait before trying again. */
  readonly retryAfter: number | null;
  /** With `cursor_ahead` and `log_pruned`. */
  readonly head?: number;
  readonly floor?: number;
}

/** Tokens in a `Storage` such as `localStorage`, shared by all tabs of an origin. */
export function storedTokens(storage: Storage, key?: string): TokenStore;

export class Parlor {
  /** @param server where the server is, without `/api/v1`; a path before it stays. */
  constructor(server: string | URL, options?: Options);
  /** Whether there are tokens. They may turn out to be worth nothing. */
  readonly signedIn: boolean;
  signUp(form: { email: string; username: string; password: string; password2?: string; invite?: string }): Promise<Account>;
  logIn(email: string, password: string): Promise<Account>;
  /** Forgets the tokens, and tells the server if it can be reached. */
  logOut(): Promise<void>;
  /**
   * Any call of the API; `path` is what follows `/api/v1/`. The answer's JSON, its text if it is no JSON, or null when it is
   * empty. A token at its end is renewed and the call made again, once.
   * @throws ParlorError, or the reason of the signal when that aborts the call.
   */
  call<T = any>(method: string, path: string, body?: object, options?: { headers?: Record<string, string>; signal?: AbortSignal }): Promise<T>;
  /** A page of a list; `next` and `prev` are paths for this method, or null. */
  page<T = any>(path: string, options?: { signal?: AbortSignal }): Promise<{ items: T[]; next: string | null; prev: string | null }>;
  /** Follows all chats of the user who is signed in, until `close()`. */
  follow(handlers: Handlers, place?: Place): Live;
}

/** What `Parlor.follow` returns. */
export class Live {
  private constructor();
  readonly status: Status;
  /** For each chat the last seq that was handed to `event`, least recent first. */
  readonly cursors: ReadonlyMap<string, number>;
  readonly epoch: string | null;
  /**
   * Sends a message, over as many connections as it takes: stored once. Messages to one chat are stored in the order of
   * the calls. Give a `clientId` that you kept to go on sending after a restart.
   * @throws ParlorError if the server refuses it for good (`invalid`, `not_found`, `blocked` …) or following ends.
   */
  send(chat: string, message: string, options?: { clientId?: string; replyTo?: number | null }): Promise<{ seq: number; duplicate: boolean }>;
  /**
   * One request over the connection that is open: `edit`, `delete`, `react`, `read`, `typing` … and its result.
   * @throws ParlorError as the server refuses it; `disconnected` if there is no connection, or it breaks before the reply;
   * `ended` after `close()`.
   */
  request<T = any>(type: string, fields: object): Promise<T>;
  /** Connects now instead of waiting; asks an open connection for a sign of life, and gives it up after 5 s without. */
  reconnect(): void;
  /** Ends it. What was not acknowledged is rejected with `ended`. */
  close(): void;
}
