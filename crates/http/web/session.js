// Everything about the user who is signed in, without any page: the chats, the parts of them that are open, what waits to
// be sent, and the connection that keeps it all up to date.

import {ParlorError} from '../parlor-client.js';
import {Chats} from './chats.js';
import {Timeline} from './timeline.js';

/** How many chats stay loaded after they were looked at. */
const OPEN = 12;
/** Whoever goes on typing says so again after this time. */
const TYPING_AGAIN_MS = 3000;
/** A list of chats that could not be read is asked for again after this time; after a break, `ready` asks. */
const LOAD_AGAIN_MS = 2000;
/** The most that a page of the log holds. */
const LOG_PAGE = 200;

export class Session extends EventTarget {
  status = {state: 'connecting'};
  account;
  chats;
  #parlor;
  #live;
  #timelines = new Map();
  #quotes = new Map();
  #typed = new Map();
  #marking = new Map();
  #resumed = false;

  constructor(parlor, account) {
    super();
    this.#parlor = parlor;
    this.account = account;
    this.chats = new Chats({all: () => this.#readChats(), one: uri => this.#readChat(uri)}, uri => this.#tell('chats', uri));
    this.chats.me = account.id;
  }

  get me() { return this.account.id; }

  start() {
    this.#live = this.#parlor.follow({
      ready: ready => this.#ready(ready),
      event: event => this.#event(event),
      drop: (chat, reason) => this.#drop(chat, reason),
      signal: signal => this.#signal(signal),
      status: status => { this.status = status; this.#tell('status', status); },
    });
  }

  stop() { this.#live?.close(); }

  /** Connects at once, or sees whether the connection still lives. */
  wake() { this.#live?.reconnect(); }

  call(method, path, body, options) { return this.#parlor.call(method, path, body, options); }

  page(path) { return this.#parlor.page(path); }

  /** All entries of a list. */
  async list(path, most = 1000) {
    const items = [];
    for (let next = path; next && items.length < most;) {
      const page = await this.#parlor.page(next);
      items.push(...page.items);
      next = page.next;
    }
    return items;
  }

  // --- What is open ---

  /** The part of the chat that is on the screen; the newest page is loaded if nothing is. */
  open(uri) {
    const timeline = this.timeline(uri);
    if (!timeline.loaded) timeline.loadNewest().catch(error => this.#tell('failed', {uri, error}));
    return timeline;
  }

  timeline(uri) {
    const known = this.#timelines.get(uri);
    const timeline = known ?? new Timeline(range => this.#entries(uri, range), change => this.#tell('timeline', {uri, change}));
    // The latest one stands last; the first ones are let go.
    this.#timelines.delete(uri);
    this.#timelines.set(uri, timeline);
    for (const [other, {outgoing}] of this.#timelines) {
      if (this.#timelines.size <= OPEN) break;
      if (outgoing.length === 0) this.#timelines.delete(other);
    }
    return timeline;
  }

  /** The message that another one answers; null if it cannot be read. */
  async quote(uri, seq) {
    const here = this.#timelines.get(uri)?.find(seq);
    if (here && !here.note) return here;
    const key = `${uri}/${seq}`;
    if (!this.#quotes.has(key)) {
      if (this.#quotes.size > 500) this.#quotes.clear();
      this.#quotes.set(key, this.call('GET', `chats/${uri}/messages/${seq}/`).catch(() => null));
    }
    return this.#quotes.get(key);
  }

  // --- What one does ---

  /** Sends a message: it is on the screen at once, and stored once, whatever breaks in between. */
  send(uri, message, replyTo = null) {
    const item = {chat: uri, clientId: newId(), message, replyTo, at: new Date().toISOString()};
    this.#outbox(waiting => [...waiting, item]);
    this.#send(item);
  }

  retry(uri, clientId) {
    const item = this.timeline(uri).outgoing.find(waiting => waiting.clientId === clientId);
    if (!item) return;
    const {message, replyTo} = item;
    this.discard(uri, clientId);
    // What was refused was not stored: it goes as a new one, behind what was sent meanwhile.
    this.send(uri, message, replyTo);
  }

  discard(uri, clientId) {
    this.#outbox(waiting => waiting.filter(other => other.clientId !== clientId));
    this.timeline(uri).forget(clientId);
  }

  edit(uri, seq, message) { return this.#live.request('edit', {chat: uri, seq, message}); }
  remove(uri, seq) { return this.#live.request('delete', {chat: uri, seq}); }
  react(uri, seq, emoji, on) { return this.#live.request('react', {chat: uri, seq, emoji, on}); }

  /** Says that one types, or has stopped; not more often than it is of use. */
  typing(uri, on) {
    const last = this.#typed.get(uri) ?? 0;
    if (on ? Date.now() - last < TYPING_AGAIN_MS : last === 0) return;
    this.#typed.set(uri, on ? Date.now() : 0);
    this.#live.request('typing', {chat: uri, on}).catch(() => {});
  }

  /** One has seen all up to here. */
  async markRead(uri, seq) {
    const chat = this.chats.all.get(uri);
    if (!chat || seq <= chat.read || (this.#marking.get(uri) ?? 0) >= seq) return;
    this.#marking.set(uri, seq);
    try {
      const {read, unread} = await this.#live.request('read', {chat: uri, seq});
      this.chats.markRead(uri, read, unread);
    } catch {
      // Asked for again by the next look at the chat.
    } finally {
      if (this.#marking.get(uri) === seq) this.#marking.delete(uri);
    }
  }

  // --- What one hears ---

  #ready(ready) {
    const {chats} = this;
    chats.me = ready.user.id;
    if (!chats.loaded || ready.more) this.#load();
    chats.ready(ready.chats);
    if (!this.#resumed) {
      this.#resumed = true;
      this.#outbox(waiting => waiting).forEach(item => this.#send(item));
    }
    // A page that could not be loaded is tried again.
    for (const [uri, timeline] of [...this.#timelines]) if (!timeline.loaded) this.open(uri);
  }

  #event(event) {
    this.#timelines.get(event.chat)?.apply(event);
    this.chats.apply(event);
    if (event.kind === 'message.edited' || event.kind === 'message.deleted') this.#quotes.delete(`${event.chat}/${event.data.target}`);
    if (!this.chats.all.has(event.chat) && (event.kind === 'chat.deleted' || event.kind === 'member.removed')) this.#forget(event.chat);
  }

  #drop(chat, reason) {
    if (reason === 'gone') {
      this.chats.forget(chat);
      this.#forget(chat);
      return;
    }
    const dropped = chat === null ? [...this.#timelines.keys()] : [chat];
    for (const uri of dropped) this.#timelines.get(uri)?.loadNewest().catch(error => this.#tell('failed', {uri, error}));
    // All of them are read by `ready`, which follows.
    if (chat === null) this.chats.loaded = false; else this.chats.refresh(chat);
    this.#quotes.clear();
  }

  /** Reads the list of chats, until it could be read. */
  #load() {
    this.chats.load().catch(() => setTimeout(() => this.status.state === 'live' && this.#load(), LOAD_AGAIN_MS));
  }

  #forget(uri) {
    this.#timelines.delete(uri);
    this.#outbox(waiting => waiting.filter(item => item.chat !== uri));
    this.#tell('gone', uri);
  }

  #signal(signal) {
    this.chats.signal(signal, Date.now());
    this.#tell('signal', signal);
  }

  #tell(kind, detail) { this.dispatchEvent(new CustomEvent(kind, {detail})); }

  // --- Sending ---

  async #send(item) {
    const {chat, clientId, message, replyTo} = item;
    const timeline = this.timeline(chat);
    timeline.sending({...item, by: this.me, state: 'sending'});
    this.#typed.set(chat, 0);
    try {
      const {seq} = await this.#live.send(chat, message, {clientId, replyTo});
      timeline.sent(clientId, {state: 'stored', seq});
    } catch (error) {
      // What was not answered is kept, and goes when this user is here again.
      if (error instanceof ParlorError && error.code === 'ended') return;
      timeline.sent(clientId, {state: 'failed', error: error.message});
    }
    this.#outbox(waiting => waiting.filter(other => other.clientId !== clientId));
  }

  /** What waits to be sent outlives the page. */
  #outbox(change) {
    const key = `parlor.outbox.${this.account.id}`;
    const waiting = change(JSON.parse(localStorage.getItem(key) ?? '[]'));
    if (waiting.length > 0) localStorage.setItem(key, JSON.stringify(waiting)); else localStorage.removeItem(key);
    return waiting;
  }

  // --- Reading ---

  #readChats() { return this.list('chats/?limit=200', 5000); }

  async #readChat(uri) {
    try {
      return await this.call('GET', `chats/${uri}/`);
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  }

  /**
   * Messages, and between them what else happened in a group: as much of its log as one page has. Where the messages
   * stand far apart, with very many reactions in between, the farthest of these notes are left out.
   */
  async #entries(uri, {before, after, limit}) {
    const range = Object.entries({before, after, limit}).filter(([, value]) => value !== undefined).map(pair => pair.join('=')).join('&');
    const chat = this.chats.all.get(uri);
    const from = after ?? Math.max(0, (before ?? (chat?.head ?? 0) + 1) - 1 - LOG_PAGE);
    const [messages, {events}] = await Promise.all([this.call('GET', `chats/${uri}/messages/?${range}`),
      chat?.kind === 'direct' ? {events: []} : this.call('GET', `chats/${uri}/events/?after=${from}&limit=${LOG_PAGE}`)]);
    const full = messages.length === limit;
    const low = after ?? (full ? messages[0].seq : 0), high = before ?? (full && after !== undefined ? messages.at(-1).seq : Infinity);
    const notes = events.filter(({kind, seq}) => !/^(message|reaction)/.test(kind) && seq > low && seq < high);
    return [...messages, ...notes.map(note => ({seq: note.seq, note}))].sort((one, other) => one.seq - other.seq);
  }
}

/** Pages of plain http have no `randomUUID`. */
function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), byte => byte.toString(16).padStart(2, '0')).join('');
}
