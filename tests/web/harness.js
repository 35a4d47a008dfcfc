// What the tests in a browser stand on: a server process of their own, people who call it, and Chromium.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {createRequire} from 'node:module';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before} from 'node:test';

const needed = name => process.env[name] ?? (() => { throw new Error(`${name} is not set: run \`make test\``); })();
/** The packages of package.json are installed beside what cargo builds. */
export const packages = createRequire(join(needed('PARLOR_TEST_NODE_PACKAGES'), 'package.json'));
const {chromium} = packages('playwright-core');

export const PASSWORD = 'correct horse';

/** A port that nobody listens on at this moment. */
export async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const {port} = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/** A server with a database of its own, on the same port each time it is started. */
export class Server {
  #directory = mkdtempSync(join(tmpdir(), 'parlor-web-'));
  #child = null;
  #environment;

  static async start(environment = {}) {
    const server = new Server();
    server.port = await freePort();
    server.#environment = environment;
    await server.run();
    return server;
  }

  get url() { return `http://127.0.0.1:${this.port}`; }

  async run() {
    // It goes with its parent: nothing of a test outlives it, however that ends.
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', needed('PARLOR_TEST_BINARY'), 'serve'], {
      cwd: this.#directory, stdio: ['ignore', 'ignore', 'ignore'],
      env: {PATH: process.env.PATH, PARLOR_LISTEN: `127.0.0.1:${this.port}`, PARLOR_DATA_DIR: this.#directory, PARLOR_LOG: 'warn', PARLOR_RATE_LIMITS: 'off', ...this.#environment},
    });
    for (const until = Date.now() + 30e3; ;) {
      const answer = await fetch(`${this.url}/readyz`).catch(() => null);
      if (answer?.ok) return;
      if (Date.now() > until || this.#child.exitCode !== null) throw new Error('the server does not come up');
      await new Promise(resolve => { setTimeout(resolve, 20); });
    }
  }

  /** Ends it as a power cut would. */
  async kill() {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  async stop() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
    rmSync(this.#directory, {recursive: true, force: true});
  }

  /** A call of the API as somebody, or as nobody. */
  async call(method, path, body, person) {
    const answer = await fetch(`${this.url}/api/v1/${path}`, {
      method, body: body && JSON.stringify(body),
      headers: {...(body && {'Content-Type': 'application/json'}), ...(person && {Authorization: `Bearer ${person.access}`}), Prefer: 'return=minimal'},
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** Somebody with an account. */
  async person(username) {
    const email = `${Buffer.from(username).toString('hex').slice(0, 60)}@example.com`;
    const account = await this.call('POST', 'users/signup/', {email, username, password: PASSWORD, password2: PASSWORD});
    const call = (method, path, body) => this.call(method, path, body, account);
    return {
      ...account, call,
      say: (uri, message, more = {}) => call('POST', `chats/${uri}/messages/`, {message, ...more}),
      direct: async other => (await call('POST', 'chats/', {username: other.username})).uri,
      group: async (title, others, more = {}) => (await call('POST', 'chats/', {title, usernames: others.map(other => other.username), ...more})).uri,
      messages: (uri, query = '') => call('GET', `chats/${uri}/messages/${query}`),
    };
  }
}

/** Chromium without a window. */
export class Browser {
  #browser;
  /** What went wrong on any page: messages of the console, errors, and requests to elsewhere. */
  complaints = [];

  static async open() {
    const browser = new Browser();
    browser.#browser = await chromium.launch({
      executablePath: needed('PARLOR_TEST_CHROMIUM'),
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
    });
    return browser;
  }

  close() { return this.#browser.close(); }

  /**
   * A window of its own, with nothing stored. `expected` says which messages of the console belong to the test: a
   * browser tells of each connection that fails.
   */
  async window(server, {person, expected = () => false, ...options} = {}) {
    const context = await this.#browser.newContext({viewport: {width: 1180, height: 780}, reducedMotion: 'reduce', ...options});
    const page = await context.newPage();
    page.setDefaultTimeout(20e3);
    const complain = text => { if (!expected(text)) this.complaints.push(text); };
    page.on('console', message => ['error', 'warning'].includes(message.type()) && complain(`console: ${message.text()} ${message.location().url}`));
    page.on('pageerror', error => complain(`error: ${error.stack}`));
    const isOurs = url => ['http:', 'https:', 'ws:', 'wss:'].includes(new URL(url).protocol) && new URL(url).host === new URL(server.url).host;
    page.on('request', request => isOurs(request.url()) || /^(blob|data):/.test(request.url()) || this.complaints.push(`request: ${request.url()}`));
    page.on('websocket', socket => isOurs(socket.url()) || this.complaints.push(`socket: ${socket.url()}`));
    if (process.env.PARLOR_WEB_FILES) await fromDisk(context, process.env.PARLOR_WEB_FILES, server);
    if (person) await signedIn(context, person);
    await page.goto(`${server.url}/`);
    return page;
  }
}

/** A server and a browser for the tests of one file; `clean()` says that nothing went wrong that no test expected. */
export function stage() {
  const stage = {clean: () => assert.deepEqual(stage.browser.complaints, [])};
  before(async () => {
    stage.server = await Server.start();
    stage.browser = await Browser.open();
  });
  after(async () => {
    await stage.browser?.close();
    await stage.server?.stop();
  });
  return stage;
}

/** As if they had signed in here before. */
export async function signedIn(context, {access, refresh, id, username, email}) {
  await context.addInitScript(([tokens, account]) => {
    if (localStorage.getItem('parlor.known')) return;
    localStorage.setItem('parlor.tokens', tokens);
    localStorage.setItem('parlor.account', account);
    localStorage.setItem('parlor.known', '1');
  }, [JSON.stringify({access, refresh}), JSON.stringify({id, username, email})]);
}
