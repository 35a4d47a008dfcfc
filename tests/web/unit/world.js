/**
 * Where the client lives in these tests: a clock that moves when it is told to, chance that is given, and a server that
 * says what the test has it say. Nothing takes real time.
 */

import {Parlor} from '../../../crates/http/web/parlor-client.js';

export const SERVER = 'http://parlor.test';
export const MABEL = {id: 1, username: 'mabel'};
export const ZOE = {id: 2, username: 'zoë'};
export const [A, B, C] = ['a', 'b', 'c'].map(digit => digit.repeat(32));
export const TOKENS = {access: 'access-1', refresh: 'refresh-1'};
export const NEW_TOKENS = {access: 'access-2', refresh: 'refresh-2'};
export const NOT_VALID = [401, {detail: 'The token is not valid.', code: 'token_not_valid', status: 401}];

/** Lets everything happen that waits for nothing but promises. */
export const settle = () => new Promise(resolve => setImmediate(resolve));

/** Tokens that are kept where the test can see and change them. */
export function tokenStore(kept) {
  return {kept, saved: [], load() { return this.kept; }, save(tokens) { this.kept = tokens; this.saved.push(tokens); }};
}

/** One socket, as the client sees it and, in the second half, as the server does. */
class FakeSocket {
  said = [];
  closed = false;

  constructor(url, protocols) { Object.assign(this, {url, protocols}); }

  send(text) { this.said.push(JSON.parse(text)); }

  close() { this.closed = true; }

  open() { this.onopen?.({}); }

  say(...frames) { for (const frame of frames) this.onmessage?.({data: JSON.stringify(frame)}); }

  shut(code) { this.onclose?.({code}); }

  fail() {
    this.onerror?.({});
    this.shut(1006);
  }

  /** What the client has said of one type since it was asked last. */
  heard(type) {
    const heard = this.said.filter(frame => frame.type === type);
    this.said = this.said.filter(frame => frame.type !== type);
    return heard;
  }

  /** The one frame of a type. */
  only(type) {
    const heard = this.heard(type);
    if (heard.length !== 1) throw new Error(`${heard.length} frames ${type}`);
    return heard[0];
  }

  grant(asked, result) { this.say({type: 'reply', id: asked.id, ok: true, result}); }

  refuse(asked, code, more = {}) {
    this.say({type: 'reply', id: asked.id, ok: false, error: {code, detail: `It is ${code}.`, ...more}});
  }
}

export class World {
  now = 1_000_000;
  chance = 0.5;
  sockets = [];
  requests = [];
  told = [];
  store;
  #timers = new Set();
  #routes = new Map();
  #ids = 0;

  constructor({tokens = TOKENS, store = tokenStore(tokens), server = SERVER, platform, ...options} = {}) {
    const world = this;
    this.store = store;
    this.platform = {
      fetch: (url, init) => this.#fetch(url, init),
      WebSocket: class extends FakeSocket {
        constructor(...args) {
          super(...args);
          world.sockets.push(this);
        }
      },
      setTimeout: (work, milliseconds) => {
        const timer = {at: this.now + milliseconds, work};
        this.#timers.add(timer);
        return timer;
      },
      clearTimeout: timer => this.#timers.delete(timer),
      random: () => this.chance,
      now: () => this.now,
      randomUUID: () => `uuid-${this.#ids += 1}`,
      ...platform,
    };
    this.parlor = new Parlor(server, {tokens: store, platform: this.platform, ...options});
  }

  /** How many timers run. */
  get timers() { return this.#timers.size; }

  get socket() { return this.sockets.at(-1); }

  /** Lets time pass, and whatever happens in it. */
  async pass(milliseconds) {
    const end = this.now + milliseconds;
    for (;;) {
      await settle();
      const [next] = [...this.#timers].filter(timer => timer.at <= end).sort((one, other) => one.at - other.at);
      if (!next) break;
      this.#timers.delete(next);
      this.now = Math.max(this.now, next.at);
      next.work();
    }
    this.now = end;
    await settle();
  }

  /** What is answered to a call: `[status, body, headers]`, or a function of the request that returns it. */
  on(call, answer) { this.#routes.set(call, answer); }

  /** What was called, and forgets it. */
  calls() { return this.requests.splice(0).map(({call}) => call); }

  async #fetch(url, {method, headers, body, signal}) {
    const call = `${method} ${url.replace(/^.*?\/api\/v1\//, '')}`;
    const request = {call, url, headers, body: body && JSON.parse(body), signal};
    this.requests.push(request);
    const route = this.#routes.get(call);
    if (route === undefined) throw new TypeError('fetch failed');
    const [status, answer, more = {}] = await (typeof route === 'function' ? route(request) : route);
    const text = answer === undefined ? '' : typeof answer === 'string' ? answer : JSON.stringify(answer);
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    return new Response(text === '' ? null : text, {status, headers: {'Content-Type': type, ...more}});
  }

  /** Handlers that write down what they are told. */
  get handlers() {
    const {told} = this;
    return {
      event: ({chat, seq}) => told.push(`event ${chat[0]}${seq}`),
      drop: (chat, reason, ...head) => told.push(['drop', chat?.[0] ?? 'all', reason, ...head].join(' ')),
      signal: ({kind}) => told.push(`signal ${kind}`),
      ready: ({connection}) => told.push(`ready ${connection}`),
      status: ({state, reason}) => told.push(reason ? `${state} ${reason}` : state),
    };
  }

  /** What the handlers were told since this was asked last. */
  heard() { return this.told.splice(0); }

  async follow(place, handlers = this.handlers) {
    this.live = this.parlor.follow(handlers, place);
    await settle();
    return this.live;
  }

  /** Follows, up to the moment when the connection is live, and forgets what was told and said on the way. */
  async connected({place, handlers, ...ready} = {}) {
    await this.follow(place, handlers);
    await this.ready(ready);
    this.heard();
    return this.socket;
  }

  /** The newest socket opens and becomes ready. */
  async ready(frame) {
    const {socket} = this;
    socket.open();
    this.hello = socket.only('hello');
    socket.say(ready({connection: this.sockets.length, ...frame}));
    await settle();
  }

  /** The connection breaks, and the next one is tried at once. */
  async broken() {
    this.chance = 0;
    this.socket.fail();
    await this.pass(0);
  }
}

export function ready({chats = [], ...more} = {}) {
  const listed = chats.map(([chat, head, state = 'live']) => ({chat, head, floor: 1, read: head, unread: 0, state}));
  return {
    type: 'ready', connection: 1, epoch: 'epoch-1', user: MABEL, time: '', expires_at: '', heartbeat: 25,
    limits: {frames_per_second: 20, frame_burst: 40}, more: false, gone: [], ...more, chats: listed,
  };
}

const text = seq => ({message: `${seq}`, client_id: null, reply_to: null});

export function event(chat, seq, kind = 'message.created', data = text(seq)) {
  return {type: 'event', chat, seq, kind, at: '', by: ZOE, data};
}

/** The events of a chat from one seq to another. */
export const events = (chat, from, to) => Array.from({length: to - from + 1}, (_, at) => event(chat, from + at));

export function page(chat, from, to, head = to) {
  return {events: events(chat, from, to), head, floor: 1, reached: to === head};
}
