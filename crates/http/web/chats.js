// The chats of the user who is signed in: what the list shows of each, kept up to date by events and signals. No page in
// here; what reads from the server is handed in.

import {messageOf} from './timeline.js';

const MOST_UNREAD = 1000;
/** Who types says so every few seconds; after this time without a word they have stopped. */
export const TYPING_MS = 6000;

export class Chats {
  /** By uri, as `GET chats/` shows them. */
  all = new Map();
  loaded = false;
  online = new Set();
  me = 0;
  #typing = new Map();
  #reads = new Map();
  #read;
  #changed;
  /** What is being read, with the events that came meanwhile: what is read may be older than they. */
  #reading = new Map();
  #readingAll = null;
  #again = false;

  /**
   * @param read `{all: () → Promise<Chat[]>, one: uri → Promise<Chat | null>}`
   * @param changed called with the uri of the chat that changed, or null for all
   */
  constructor(read, changed) {
    this.#read = read;
    this.#changed = changed;
  }

  /** Latest activity first. */
  get listed() {
    return [...this.all.values()].sort((one, other) => (one.updated_at < other.updated_at ? 1 : one.updated_at > other.updated_at ? -1 : 0));
  }

  get unread() {
    return [...this.all.values()].reduce((sum, chat) => sum + chat.unread, 0);
  }

  /** Reads the whole list. Asked for again meanwhile, it is read once more. */
  async load() {
    if (this.#readingAll) { this.#again = true; return; }
    this.#readingAll = [];
    try {
      const chats = await this.#read.all();
      const events = this.#readingAll;
      this.all = new Map(chats.map(chat => [chat.uri, chat]));
      this.loaded = true;
      this.#readingAll = null;
      events.forEach(event => this.#take(event));
      this.#changed(null);
    } finally {
      this.#readingAll = null;
    }
    if (this.#again) { this.#again = false; await this.load(); }
  }

  /** Reads one chat anew; one that is nobody's to know of is forgotten. */
  async refresh(uri) {
    if (this.#reading.has(uri)) return;
    this.#reading.set(uri, []);
    let chat;
    try {
      chat = await this.#read.one(uri);
    } catch {
      // Without an answer there is nothing new to show; the next connecting reads all.
      this.#reading.delete(uri);
      return;
    }
    const events = this.#reading.get(uri);
    this.#reading.delete(uri);
    if (chat) this.all.set(uri, {...chat, members: chat.members.slice(0, 10)}); else this.all.delete(uri);
    events.forEach(event => this.#take(event));
    this.#changed(uri);
  }

  apply(event) {
    this.#readingAll?.push(event);
    this.#reading.get(event.chat)?.push(event);
    if (event.kind === 'message.created') this.#stopTyping(event.chat, event.by.id);
    this.#take(event);
  }

  /** What `ready` says of where one has read and what is unread; and of chats that one was put into while away. */
  ready(states) {
    for (const {chat: uri, head, read, unread} of states) {
      const chat = this.all.get(uri);
      if (chat?.head === head) Object.assign(chat, {read, unread});
      if (!chat && this.loaded) this.refresh(uri);
    }
    this.online.clear();
    this.#typing.clear();
    this.#changed(null);
  }

  signal({kind, chat: uri, by, data}, now) {
    if (kind === 'presence') {
      if (data.online) this.online.add(by.id); else this.online.delete(by.id);
      return this.#changed(null);
    }
    if (kind === 'typing') {
      if (by.id === this.me) return;
      if (data.on) this.#of(this.#typing, uri).set(by.id, {name: by.username, until: now + TYPING_MS});
      else this.#stopTyping(uri, by.id);
    } else if (kind === 'read') {
      if (by.id === this.me) return this.markRead(uri, data.seq);
      const reads = this.#of(this.#reads, uri);
      reads.set(by.id, Math.max(reads.get(by.id) ?? 0, data.seq));
    }
    this.#changed(uri);
  }

  /** One has read up to here, on this device or another. */
  markRead(uri, seq, unread) {
    const chat = this.all.get(uri);
    if (!chat || seq < chat.read) return;
    chat.read = seq;
    if (unread !== undefined) chat.unread = unread;
    else if (seq >= lastOf(chat)) chat.unread = 0;
    else if (chat.unread > 0) this.refresh(uri);
    this.#changed(uri);
  }

  /** The names of those who type. */
  typing(uri, now) {
    return [...(this.#typing.get(uri)?.values() ?? [])].filter(({until}) => until > now).map(({name}) => name);
  }

  /** How far others have read, as far as they said so since we are here: `Map(id → seq)`. */
  reads(uri) {
    return this.#reads.get(uri) ?? new Map();
  }

  forget(uri) {
    if (this.all.delete(uri)) this.#changed(uri);
  }

  #of(map, uri) {
    if (!map.has(uri)) map.set(uri, new Map());
    return map.get(uri);
  }

  #stopTyping(uri, id) {
    this.#typing.get(uri)?.delete(id);
  }

  #take(event) {
    const chat = this.all.get(event.chat);
    if (!chat) {
      if (!this.#ends(event) && this.loaded) this.refresh(event.chat);
      // The event that told of the chat may be newer than what is read of it.
      return;
    }
    if (event.seq <= chat.head) return;
    chat.head = event.seq;
    if (this.#ends(event)) this.all.delete(event.chat); else this.#change(chat, event);
    this.#changed(event.chat);
  }

  /** Whether it is the last that we hear of a chat. */
  #ends({kind, data}) {
    return kind === 'chat.deleted' || (kind === 'member.removed' && data.user.id === this.me);
  }

  #change(chat, event) {
    const {kind, at, by, data} = event;
    const last = chat.last_message;
    switch (kind) {
      case 'message.created':
        chat.updated_at = at;
        chat.last_message = messageOf(event);
        if (by.id === this.me) Object.assign(chat, {read: event.seq, unread: 0});
        else if (data.message !== '') chat.unread = Math.min(chat.unread + 1, MOST_UNREAD);
        if (data.message === '') this.refresh(chat.uri);
        break;
      case 'message.edited':
        if (last?.seq === data.target) chat.last_message = {...last, message: data.message, edited_at: at};
        break;
      case 'message.deleted':
        // Which message is the last one now, and how many are unread, the server knows.
        if (last?.seq === data.target || data.target > chat.read) this.refresh(chat.uri);
        break;
      case 'chat.updated': Object.assign(chat, data); break;
      case 'member.added':
        chat.member_count += 1;
        chat.updated_at = at;
        if (chat.members.length < 10) chat.members = [...chat.members, {...data.user, role: data.role}];
        break;
      case 'member.removed':
        chat.member_count -= 1;
        chat.updated_at = at;
        chat.members = chat.members.filter(member => member.id !== data.user.id);
        break;
      case 'member.role':
        chat.members = chat.members.map(member => (member.id === data.user.id ? {...member, role: data.role} : member));
        if (data.role === 'owner') chat.owner = data.user;
        break;
      default: break;
    }
  }
}

/** The seq of the last message, or of the log if there is none. */
const lastOf = chat => chat.last_message?.seq ?? chat.head;
