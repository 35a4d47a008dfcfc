/**
 * A client of a Parlor server, for browsers and Node: calls of the HTTP API, and live delivery that loses and repeats
 * nothing. It needs nothing else. `parlor-client.d.ts` tells what each part is for and how it is used; the comments
 * here tell why it is done in this way.
 *
 * From top to bottom: errors and tokens, the calls (`Calls`, `Parlor`), one connection (`Connection`), and what goes on
 * over as many connections as it takes (`Live`).
 */

/** How long a new connection may take until the server is `ready`, and a renewal of the tokens until its answer. */
const PATIENCE = 10_000;
/** After how many heartbeats without any frame a connection counts as dead. */
const SILENT_HEARTBEATS = 2.4;
/** How long an open connection has for a sign of life after `reconnect()`. */
const SIGN_OF_LIFE = 5_000;
/** The longest waits before the first and before any later attempt to connect. */
const [FIRST_WAIT, LONGEST_WAIT] = [500, 30_000];
/** How long to stay away after having sent too much. */
const FLOOD_WAIT = 30_000;
/** How much is asked at once: the server reads no more than so many requests, and syncs must leave room for sends. */
const [OPEN_REQUESTS, OPEN_SYNCS] = [8, 4];
/** The most bytes of a frame, and how many cursors surely fit into one. */
const [FRAME_BYTES, HELLO_CURSORS] = [65_536, 1_000];
/** Errors of the moment: the same request may well succeed a little later. */
const PASSING = new Set(['rate_limited', 'busy', 'unavailable', 'internal']);
/** Closes after which coming back would be of no use, or do harm. */
const ENDINGS = new Map([
  [1002, 'refused'], [1003, 'refused'], [1007, 'refused'], [1009, 'refused'], [4400, 'refused'],
  [4403, 'signed_out'], [4409, 'replaced'],
]);

/** What a call, a request or a send is rejected with. */
export class ParlorError extends Error {
  constructor(detail, {status = 0, code = 'internal', errors = {}, retryAfter = null, head, floor, cause} = {}) {
    super(detail, cause && {cause});
    this.name = 'ParlorError';
    Object.assign(this, {status, code, errors, retryAfter});
    if (head !== undefined) this.head = head;
    if (floor !== undefined) this.floor = floor;
  }
}

const unreachable = cause => new ParlorError('The server cannot be reached.', {code: 'unreachable', cause});
const signedOut = () => new ParlorError('Nobody is signed in.', {status: 401, code: 'not_authenticated'});

/** Keeps the tokens in a `Storage`. It is read each time: another tab may have changed it. */
export function storedTokens(storage, key = 'parlor.tokens') {
  return {
    load() {
      try {
        const tokens = JSON.parse(storage.getItem(key));
        return tokens?.access && tokens.refresh ? tokens : null;
      } catch {
        return null; // something else was stored under this key
      }
    },
    save(tokens) {
      if (tokens) storage.setItem(key, JSON.stringify(tokens));
      else storage.removeItem(key);
    },
    lock(work) {
      const locks = globalThis.navigator?.locks; // there is none outside of secure contexts
      return locks ? locks.request(key, work) : work();
    },
  };
}

function tokensInMemory() {
  let kept = null;
  return {load: () => kept, save(tokens) { kept = tokens; }};
}

/** `crypto.randomUUID` exists in secure contexts only, which a page of a server in the local network is not. */
function randomUUID() {
  const {crypto} = globalThis; // Node 18 has none; nobody has to be unable to guess these
  if (crypto?.randomUUID) return crypto.randomUUID();
  const bytes = crypto?.getRandomValues(new Uint8Array(16)) ?? Uint8Array.from({length: 16}, () => 256 * Math.random());
  bytes[6] = bytes[6] & 0x0f | 0x40;
  bytes[8] = bytes[8] & 0x3f | 0x80;
  const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Where this runs. Browsers insist on their functions being called as those of the global object. */
const here = () => ({
  fetch: (...args) => globalThis.fetch(...args),
  WebSocket: globalThis.WebSocket,
  setTimeout: (work, milliseconds) => globalThis.setTimeout(work, milliseconds),
  clearTimeout: timer => globalThis.clearTimeout(timer),
  random: () => Math.random(),
  now: () => Date.now(),
  randomUUID,
});

/** The paths of the neighbouring pages, from a `Link` header. */
function neighbours(header) {
  const paths = {next: null, prev: null};
  for (const [, target, relation] of (header ?? '').matchAll(/<([^>]*)>\s*;\s*rel="?(next|prev)"?/g)) {
    paths[relation] = target.replace(/^.*?\/api\/v1\//, '');
  }
  return paths;
}

/** What an answer says went wrong. A proxy in between knows nothing of our problems, and answers as it likes. */
function failure({status, headers}, body) {
  const problem = typeof body?.code === 'string' ? body : {code: status > 500 ? 'unavailable' : 'internal'};
  const {code, detail = `The server answered ${status}.`, errors, head, floor} = problem;
  const seconds = headers.get('Retry-After');
  const retryAfter = /^\d+$/.test(seconds ?? '') ? Number(seconds) : null;
  return new ParlorError(detail, {status, code, errors, retryAfter, head, floor});
}

function parsed(text, type) {
  if (text === '') return null;
  if (!/^application\/([\w.-]+\+)?json\b/.test(type)) return text;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ParlorError('The server answered with bad JSON.', {cause});
  }
}

/** The calls of one user, whose tokens are renewed when they have to be. */
class Calls {
  #tokens;
  #renewal = null;

  constructor(server, {tokens = tokensInMemory(), platform} = {}) {
    const {origin, pathname} = new URL(server);
    this.api = `${origin}${pathname.replace(/\/+$/, '')}/api/v1/`;
    this.platform = {...here(), ...platform};
    this.#tokens = tokens;
  }

  get tokens() { return this.#tokens.load(); }

  set tokens(tokens) { this.#tokens.save(tokens); }

  /** One request and its answer, whoever is signed in. */
  async send(method, path, body, {headers, signal} = {}) {
    let answer, text;
    try {
      const init = {method, headers: {...headers}, signal};
      if (body !== undefined) {
        init.headers['Content-Type'] = 'application/json';
        init.body = JSON.stringify(body);
      }
      const {fetch} = this.platform;
      answer = await fetch(this.api + path, init);
      text = await answer.text();
    } catch (error) {
      throw signal?.aborted ? signal.reason : unreachable(error);
    }
    const type = answer.headers.get('Content-Type') ?? '';
    if (answer.status < 400) return {body: parsed(text, type), headers: answer.headers};
    let problem = null;
    try { problem = parsed(text, type); } catch { /* the status has to do */ }
    throw failure(answer, problem);
  }

  /** The same as the user who is signed in, if there is one: some calls are open to everybody. */
  async sendSigned(method, path, body, options = {}) {
    const send = tokens => this.send(method, path, body, {
      ...options, headers: {...options.headers, Authorization: `Bearer ${tokens.access}`},
    });
    const {tokens} = this;
    if (!tokens) return this.send(method, path, body, options);
    try {
      return await send(tokens);
    } catch (error) {
      if (error.code !== 'token_not_valid') throw error;
      return send(await this.renew(tokens.access));
    }
  }

  /** Tokens other than those with the access token that failed. Whoever asks while this goes on gets the same. */
  renew(failed) {
    if (this.#renewal?.failed !== failed) {
      const exchange = () => this.#exchange(failed);
      const tokens = (this.#tokens.lock?.(exchange) ?? exchange()).finally(() => {
        if (this.#renewal === renewal) this.#renewal = null;
      });
      const renewal = this.#renewal = {failed, tokens};
    }
    return this.#renewal.tokens;
  }

  async #exchange(failed) {
    const old = this.tokens;
    if (!old) throw signedOut();
    if (old.access !== failed) return old; // another tab was faster, and has used up the refresh token
    let renewed = null, refusal;
    try {
      renewed = await this.#refresh(old.refresh);
    } catch (error) {
      if (error.code !== 'token_not_valid') throw error; // the tokens may still be good
      refusal = error;
    }
    // Somebody may have logged in or out meanwhile: what they did stays.
    const {tokens} = this;
    if (tokens?.refresh === old.refresh) this.tokens = renewed;
    else if (tokens) return tokens;
    else throw signedOut();
    if (refusal) throw refusal;
    return renewed;
  }

  /** A lost answer must not hold up other tabs for long. Asked again, the server gives the same tokens. */
  async #refresh(refresh) {
    const abort = new AbortController();
    const timer = this.platform.setTimeout(() => abort.abort(unreachable()), PATIENCE);
    try {
      const {body} = await this.send('POST', 'users/refresh/', {refresh}, {signal: abort.signal});
      return {access: body.access, refresh: body.refresh};
    } finally {
      this.platform.clearTimeout(timer);
    }
  }
}

/** A server, and who is signed in there. */
export class Parlor {
  #calls;
  #catchUp;

  constructor(server, {catchUp = 1000, ...options} = {}) {
    this.#calls = new Calls(server, options);
    this.#catchUp = catchUp;
  }

  get signedIn() { return this.#calls.tokens !== null; }

  signUp(form) { return this.#signIn('users/signup/', {...form, password2: form.password2 ?? form.password}); }

  logIn(email, password) { return this.#signIn('users/login/', {email, password}); }

  async #signIn(path, form) {
    const {access, refresh, ...account} = (await this.#calls.send('POST', path, form)).body;
    this.#calls.tokens = {access, refresh};
    return account;
  }

  async logOut() {
    try {
      if (this.signedIn) await this.call('POST', 'users/logout/');
    } catch {
      // The session then ends on the server when its time has come.
    } finally {
      this.#calls.tokens = null;
    }
  }

  async call(method, path, body, options) {
    return (await this.#calls.sendSigned(method, path, body, options)).body;
  }

  async page(path, options) {
    const {body, headers} = await this.#calls.sendSigned('GET', path, undefined, options);
    return {items: body, ...neighbours(headers.get('Link'))};
  }

  follow(handlers, place) {
    if (!this.#calls.platform.WebSocket) throw new TypeError('There is no WebSocket: give one as platform.WebSocket.');
    return new Live(this.#calls, this.#catchUp, handlers, place);
  }
}

/**
 * One connection. `on.end` is told the close code (1006 if there was none), and has to abandon the connection, which
 * then is silent for good. Requests are answered by callbacks: what waits for a promise goes on too late, when the next
 * frame may have been heard already.
 */
class Connection {
  #socket;
  #platform;
  #on;
  #deadline;
  /** How long it may be silent, in milliseconds; before `ready`, the first deadline stands. */
  #silence = null;
  #probing = false;
  #lastId = 0;
  /** What was asked and not answered yet, by id. */
  #open = new Map();
  #openSyncs = 0;
  #queued = {syncs: [], others: []};
  #pace = null;
  #paused;
  /** The token that the connection lives by. */
  access;
  /** In how many seconds to come back, if the server has said so. */
  retryAfter = null;

  constructor(url, access, platform, on) {
    this.access = access;
    this.#platform = platform;
    this.#on = on;
    this.#expectFrame(PATIENCE);
    try {
      this.#socket = new platform.WebSocket(url, ['chat.v1', `bearer.${access}`]);
    } catch {
      return this.#expectFrame(0); // what cannot even be tried fails in its own time, like the rest
    }
    this.#socket.onopen = () => this.say(on.open());
    this.#socket.onmessage = ({data}) => this.#hear(data);
    this.#socket.onclose = ({code}) => on.end(code);
    this.#socket.onerror = () => {}; // the close follows
  }

  get isReady() { return this.#silence !== null; }

  say(frame) { this.#socket.send(JSON.stringify(frame)); }

  /** Asks for any frame within a short time. */
  probe() {
    if (this.#probing) return;
    this.#probing = true;
    this.#expectFrame(SIGN_OF_LIFE);
    this.say({type: 'ping'});
  }

  /** Asks for something; `answer` hears an error, or null and the result. */
  ask(type, fields, answer) {
    const flaw = flawOf(fields);
    if (flaw) return answer(flaw);
    this.#queued[type === 'sync' ? 'syncs' : 'others'].push({frame: {...fields, type}, answer});
    this.#sendQueued();
  }

  /** Forgets the connection and fails what was asked over it. */
  abandon(error) {
    this.#platform.clearTimeout(this.#deadline);
    this.#platform.clearTimeout(this.#paused);
    if (this.#socket) {
      this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
      this.#socket.close();
    }
    const asked = [...this.#open.values(), ...this.#queued.syncs, ...this.#queued.others];
    this.#queued = {syncs: [], others: []};
    for (const {answer} of asked) answer(error);
  }

  #expectFrame(milliseconds) {
    this.#platform.clearTimeout(this.#deadline);
    this.#deadline = this.#platform.setTimeout(() => this.#on.end(1006), milliseconds);
  }

  #hear(text) {
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return this.#on.end(1007); // this is no server of ours
    }
    if (frame.type === 'ready') this.#begin(frame);
    this.#probing = false;
    if (this.isReady) this.#expectFrame(this.#silence);
    if (frame.type === 'ping') this.say({type: 'pong'});
    else if (frame.type === 'bye') this.retryAfter = frame.retry_after ?? null;
    else if (frame.type === 'reply') this.#answered(frame);
    else this.#on.frame(frame);
  }

  #begin({heartbeat, limits}) {
    this.#silence = SILENT_HEARTBEATS * heartbeat * 1000;
    // Half of what the server lets through at once: pongs count too, and frames may arrive closer than they were sent.
    const {frames_per_second: perSecond = 0, frame_burst: burst = 2} = limits ?? {};
    if (perSecond > 0) this.#pace = new Pace(perSecond, burst / 2, this.#platform.now());
  }

  #answered({id, ok, result, error}) {
    const asked = this.#open.get(id);
    if (!asked) return;
    this.#open.delete(id);
    if (asked.frame.type === 'sync') this.#openSyncs -= 1;
    if (ok) asked.answer(null, result);
    else asked.answer(new ParlorError(error.detail, {...error, retryAfter: error.retry_after}));
    this.#sendQueued();
  }

  #sendQueued() {
    this.#platform.clearTimeout(this.#paused);
    const {syncs, others} = this.#queued;
    while (this.#open.size < OPEN_REQUESTS) {
      const queue = syncs.length > 0 && this.#openSyncs < OPEN_SYNCS ? syncs : others;
      if (queue.length === 0) return;
      const pause = this.#pace?.pause(this.#platform.now()) ?? 0;
      if (pause > 0) {
        this.#paused = this.#platform.setTimeout(() => this.#sendQueued(), pause);
        return;
      }
      const asked = queue.shift();
      if (queue === syncs) this.#openSyncs += 1;
      this.#lastId += 1;
      this.#open.set(String(this.#lastId), asked);
      this.say({...asked.frame, id: String(this.#lastId)});
    }
  }
}

/** Keeps below the rate at which the server would refuse frames, and at last close the connection. */
class Pace {
  constructor(perSecond, burst, now) {
    Object.assign(this, {perSecond, burst, left: burst, at: now});
  }

  /** Counts a frame and returns 0, or returns in how many milliseconds there is room for one. */
  pause(now) {
    const regained = Math.max(0, now - this.at) * this.perSecond / 1000;
    this.left = Math.min(this.burst, this.left + regained);
    this.at = now;
    if (this.left < 1) return Math.ceil((1 - this.left) * 1000 / this.perSecond);
    this.left -= 1;
    return 0;
  }
}

/** What would make the server close the connection, and yet may be in a text that somebody typed. */
function flawOf(fields) {
  if (Object.values(fields).some(value => typeof value === 'string' && /\p{Surrogate}/u.test(value))) {
    return new ParlorError('The text has half a character in it.', {code: 'invalid'});
  }
  const bytes = new TextEncoder().encode(JSON.stringify(fields)).length;
  return bytes > FRAME_BYTES - 200 ? new ParlorError('This is too large.', {code: 'payload_too_large'}) : null;
}

/** Follows the chats of one user, over one connection after the other. */
export class Live {
  #calls;
  #catchUp;
  #handlers;
  /** Also names the attempt to connect: while it is this very object, nothing has come in between. */
  #status = {state: 'connecting'};
  #connection = null;
  #timer;
  /** Attempts since the server was ready last. */
  #attempts = 0;
  /** The access token that was refused, and whether a renewal has been tried since the server was ready last. */
  #refused = null;
  #renewed = false;
  #user = null;
  #epoch;
  /** The last applied seq of each chat. Whatever moves a cursor puts it at the end. */
  #cursors;
  /** Chats whose cursors did not fit into `hello`. */
  #unnamed = new Set();
  /** The sync of each chat that is being synced. */
  #syncs = new Map();
  /** For each chat the messages that were not acknowledged yet. Only the first one is on its way. */
  #outbox = new Map();

  constructor(calls, catchUp, handlers, {cursors = [], epoch = null} = {}) {
    this.#calls = calls;
    this.#catchUp = catchUp;
    this.#handlers = handlers;
    this.#cursors = new Map(cursors);
    this.#epoch = epoch;
    const begun = this.#status;
    queueMicrotask(() => { if (this.#status === begun) this.#connect(); });
  }

  get status() { return this.#status; }

  get cursors() { return this.#cursors; }

  get epoch() { return this.#epoch; }

  send(chat, message, {clientId = this.#calls.platform.randomUUID(), replyTo} = {}) {
    return new Promise((resolve, reject) => {
      if (this.#isOver) return reject(this.#noConnection());
      const frame = {chat, message, client_id: clientId, reply_to: replyTo ?? undefined};
      const queue = this.#outbox.get(chat) ?? [];
      this.#outbox.set(chat, queue);
      queue.push({frame, resolve, reject, over: null});
      this.#sendFirst(chat);
    });
  }

  request(type, fields) {
    return new Promise((resolve, reject) => {
      if (!this.#connection?.isReady) return reject(this.#noConnection());
      this.#connection.ask(type, fields, (error, result) => error ? reject(error) : resolve(result));
    });
  }

  reconnect() {
    const {state, reason} = this.#status;
    if (state === 'live') {
      this.#connection.probe();
    } else if (state === 'waiting' || reason === 'replaced') {
      this.#calls.platform.clearTimeout(this.#timer);
      this.#connect();
    }
  }

  close() {
    if (!this.#isOver) this.#end('closed');
  }

  // Connecting, and what comes after a connection.

  /** Whether it has ended for good. */
  get #isOver() { return this.#status.state === 'ended' && this.#status.reason !== 'replaced'; }

  async #connect() {
    const attempt = this.#enter({state: 'connecting'});
    let {tokens} = this.#calls;
    if (tokens && tokens.access === this.#refused) tokens = await this.#calls.renew(tokens.access).catch(() => null);
    if (this.#status !== attempt) return;
    if (!tokens) return this.#calls.tokens ? this.#backOff() : this.#end('signed_out');
    const url = `${this.#calls.api.replace(/^http/, 'ws')}live/`;
    this.#connection = new Connection(url, tokens.access, this.#calls.platform, {
      open: () => this.#hello(),
      frame: frame => this.#hear(frame),
      end: code => this.#closed(code),
    });
  }

  #closed(code) {
    const {access, retryAfter} = this.#connection;
    this.#disconnect();
    // The tokens of somebody who has logged in meanwhile are not those whose session has ended.
    if (code === 4403 && this.#calls.tokens?.access === access) this.#calls.tokens = null;
    if (ENDINGS.has(code)) this.#end(ENDINGS.get(code));
    else if (code === 4401) this.#comeBackRenewed(access);
    else if (code === 4429) this.#wait(FLOOD_WAIT);
    else if (retryAfter !== null) this.#wait(retryAfter * 1000);
    else this.#backOff();
  }

  /** At once, but not again and again: a server may refuse the new token as well. */
  #comeBackRenewed(refused) {
    const atOnce = !this.#renewed;
    this.#refused = refused;
    this.#renewed = true;
    if (atOnce) this.#connect();
    else this.#backOff();
  }

  /** The whole wait is drawn at random: others have lost their connections at the same moment. */
  #backOff() {
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#attempts);
    this.#attempts += 1;
    this.#wait(this.#calls.platform.random() * longest);
  }

  #wait(milliseconds) {
    const {platform} = this.#calls;
    this.#timer = platform.setTimeout(() => this.#connect(), milliseconds);
    this.#enter({state: 'waiting', until: platform.now() + milliseconds});
  }

  #end(reason) {
    this.#calls.platform.clearTimeout(this.#timer);
    const ended = {state: 'ended', reason};
    this.#status = ended;
    this.#disconnect();
    const unsent = this.#isOver ? [...this.#outbox.values()].flat() : [];
    for (const {reject} of unsent) reject(this.#noConnection());
    this.#tell('status', ended);
  }

  #disconnect() {
    const connection = this.#connection;
    this.#connection = null;
    this.#syncs.clear();
    connection?.abandon(this.#noConnection());
  }

  #noConnection() {
    return this.#isOver
      ? new ParlorError('Following has ended.', {code: 'ended'})
      : new ParlorError('There is no connection.', {code: 'disconnected'});
  }

  #enter(status) {
    this.#status = status;
    this.#tell('status', status);
    return status;
  }

  /** Calls a handler. What it throws is its own business: what it was told of counts as handled. */
  #tell(name, ...what) {
    try {
      this.#handlers[name]?.(...what);
    } catch (error) {
      if (globalThis.reportError) globalThis.reportError(error);
      else console.error(error);
    }
  }

  /** Does something later, if the connection is still the same. */
  #later(seconds, work) {
    const connection = this.#connection;
    this.#calls.platform.setTimeout(() => { if (this.#connection === connection) work(); }, seconds * 1000);
  }

  // Following: each handler may call `close()`, so after telling something the connection may be gone.

  #hello() {
    const cursors = [...this.#cursors];
    const named = cursors.splice(-HELLO_CURSORS);
    this.#unnamed = new Set(cursors.map(([chat]) => chat));
    return {type: 'hello', cursors: Object.fromEntries(named), epoch: this.#epoch ?? undefined};
  }

  #hear(frame) {
    switch (frame.type) {
      case 'ready': return this.#ready(frame);
      case 'event': return this.#take(frame);
      case 'behind': return this.#behind(frame.chat, frame.head);
      case 'gone': return this.#gone(frame.chat);
      case 'signal': return this.#tell('signal', frame);
      case 'auth.expiring': return this.#renewConnection();
    }
  }

  #ready(ready) {
    if (this.#user && this.#user.id !== ready.user.id) return this.#end('signed_out'); // our places are not theirs
    const connection = this.#connection;
    this.#user = ready.user;
    this.#attempts = 0;
    this.#renewed = false;
    const known = this.#epoch;
    this.#epoch = ready.epoch;
    if (known !== null && known !== ready.epoch) {
      this.#cursors.clear();
      this.#unnamed.clear();
      this.#tell('drop', null, 'epoch');
    }
    // Those of latest activity come first in the list, and last in the cursors.
    for (const {chat, head, state} of [...ready.chats].reverse()) {
      const last = this.#cursors.get(chat);
      const unnamed = this.#unnamed.delete(chat);
      if (last === undefined) this.#cursors.set(chat, head);
      else if (state === 'behind' || unnamed && last !== head) this.#behind(chat, head);
    }
    for (const chat of ready.gone) this.#gone(chat);
    if (this.#connection === connection) this.#tell('ready', ready);
    if (this.#connection !== connection) return;
    for (const chat of this.#unnamed) this.#sync(chat);
    for (const chat of this.#outbox.keys()) this.#sendFirst(chat);
    this.#enter({state: 'live'});
  }

  /** The rule: one more than the last is applied, lower ones were applied, and before a higher one there is a gap. */
  #take(event) {
    const {chat, seq} = event;
    if (!this.#connection) return;
    const last = this.#cursors.get(chat) ?? seq - 1;
    if (seq <= last) return;
    if (seq > last + 1) return this.#sync(chat);
    this.#moveTo(chat, seq);
    const removed = event.kind === 'member.removed' && event.data.user.id === this.#user.id;
    if (removed || event.kind === 'chat.deleted') this.#forget(chat); // for us it is the last of its chat
    this.#tell('event', event);
  }

  #moveTo(chat, seq) {
    this.#cursors.delete(chat);
    this.#cursors.set(chat, seq);
  }

  #forget(chat) {
    this.#cursors.delete(chat);
    this.#syncs.delete(chat);
  }

  #gone(chat) {
    if (!this.#connection) return;
    this.#forget(chat);
    this.#tell('drop', chat, 'gone');
  }

  /** Events of the chat were left out. They are fetched; if they are too many, or we have no place in it, given up. */
  #behind(chat, head) {
    const last = this.#cursors.get(chat);
    if (last === undefined || head - last > this.#catchUp) this.#jump(chat, head, 'far_behind');
    this.#sync(chat);
  }

  #jump(chat, head, reason) {
    if (!this.#connection) return;
    this.#moveTo(chat, head);
    this.#tell('drop', chat, reason, head);
  }

  #sync(chat) {
    if (!this.#connection || this.#syncs.has(chat)) return;
    const sync = {chat, after: this.#cursors.get(chat)};
    this.#syncs.set(chat, sync);
    this.#connection.ask('sync', sync, (error, page) => this.#synced(sync, error, page));
  }

  #synced(sync, error, page) {
    const {chat, after} = sync;
    if (this.#syncs.get(chat) !== sync) return; // the chat is gone, or the connection is
    if (error?.code === 'not_found') return this.#gone(chat);
    if (error && error.head === undefined) return this.#later(error.retryAfter ?? 1, () => this.#syncAgain(sync));
    if (error && this.#cursors.get(chat) === after) this.#jump(chat, error.head, error.code); // else we have moved on
    if (error) return this.#syncAgain(sync);
    this.#syncs.delete(chat); // a gap in these very events is another reason to sync
    for (const event of page.events) this.#take(event);
    if (!page.reached && this.#cursors.has(chat)) this.#sync(chat);
  }

  #syncAgain(sync) {
    if (this.#syncs.get(sync.chat) !== sync) return;
    this.#syncs.delete(sync.chat);
    this.#sync(sync.chat);
  }

  /** If it fails, the connection is closed with 4401 when its time has come. */
  async #renewConnection() {
    const connection = this.#connection;
    try {
      const {access} = await this.#calls.renew(connection.access);
      if (this.#connection !== connection) return;
      connection.access = access;
      connection.say({type: 'auth', token: access});
    } catch {
      // See above.
    }
  }

  // Sending.

  #sendFirst(chat) {
    const connection = this.#connection;
    const queue = this.#outbox.get(chat);
    if (!queue || !connection?.isReady) return;
    const [first] = queue;
    if (first.over === connection) return; // it is on its way
    first.over = connection;
    connection.ask('send', first.frame, (error, result) => {
      if (this.#connection !== connection) return; // it is sent again over the next one
      if (PASSING.has(error?.code)) {
        return this.#later(error.retryAfter ?? 1, () => {
          first.over = null;
          this.#sendFirst(chat);
        });
      }
      queue.shift();
      if (queue.length === 0) this.#outbox.delete(chat);
      if (error) first.reject(error);
      else first.resolve(result);
      this.#sendFirst(chat);
    });
  }
}
