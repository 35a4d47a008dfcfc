import assert from 'node:assert/strict';
import {afterEach, beforeEach, test} from 'node:test';

import {Parlor, storedTokens} from '../../../crates/http/web/parlor-client.js';
import {A, SERVER, TOKENS, World} from './world.js';

/** The part of `Storage` that is needed. */
class FakeStorage extends Map {
  getItem(key) { return this.get(key) ?? null; }

  setItem(key, value) { this.set(key, `${value}`); }

  removeItem(key) { this.delete(key); }
}

const globals = ['navigator', 'crypto'];
let before;

function pretend(name, value) { Object.defineProperty(globalThis, name, {value, configurable: true, writable: true}); }

beforeEach(() => { before = globals.map(name => Object.getOwnPropertyDescriptor(globalThis, name)); });

afterEach(() => {
  globals.forEach((name, at) => {
    if (before[at]) Object.defineProperty(globalThis, name, before[at]);
    else delete globalThis[name];
  });
});

test('tokens are kept in a storage as JSON, under a key of their own', () => {
  const storage = new FakeStorage();
  storedTokens(storage).save(TOKENS);
  assert.deepEqual([...storage], [['parlor.tokens', JSON.stringify(TOKENS)]]);
  storedTokens(storage, 'mine').save(TOKENS);
  assert.deepEqual(storedTokens(storage, 'mine').load(), TOKENS);
  storedTokens(storage, 'mine').save(null);
  assert.deepEqual([...storage.keys()], ['parlor.tokens']);
});

test('what another tab has stored is seen at once', () => {
  const storage = new FakeStorage();
  const [one, other] = [storedTokens(storage), storedTokens(storage)];
  const parlor = new Parlor(SERVER, {tokens: one});
  assert.equal(parlor.signedIn, false);
  other.save(TOKENS);
  assert.equal(parlor.signedIn, true);
  other.save(null);
  assert.equal(parlor.signedIn, false);
});

test('what are no tokens counts as none', () => {
  const storage = new FakeStorage();
  for (const text of ['{', 'null', '17', '{"access":"a"}', '{"refresh":"r"}']) {
    storage.setItem('parlor.tokens', text);
    assert.equal(storedTokens(storage).load(), null, text);
  }
});

test('the lock is that of the origin where there is one', async () => {
  const asked = [];
  pretend('navigator', {locks: {request: (name, work) => (asked.push(name), work())}});
  assert.equal(await storedTokens(new FakeStorage(), 'mine').lock(async () => 'done'), 'done');
  assert.deepEqual(asked, ['mine']);
});

test('without locks the work is done directly', async () => {
  for (const navigator of [undefined, {}]) {
    pretend('navigator', navigator);
    assert.equal(await storedTokens(new FakeStorage()).lock(async () => 'done'), 'done');
  }
});

test('where there is no randomUUID, one is made of random bytes, or of random numbers', async () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  const asked = [];
  const getRandomValues = bytes => (asked.push(bytes.length), bytes.fill(255));
  for (const crypto of [{getRandomValues, randomUUID: () => 'given'}, {getRandomValues}, undefined]) {
    pretend('crypto', crypto);
    const world = new World({platform: {randomUUID: undefined}});
    delete world.platform.randomUUID;
    world.parlor = new Parlor(SERVER, {tokens: world.store, platform: world.platform});
    await world.connected();
    world.live.send(A, 'Hello!');
    const {client_id: id} = world.socket.only('send');
    if (crypto?.randomUUID) assert.equal(id, 'given');
    else assert.match(id, uuid);
  }
  assert.deepEqual(asked, [16]);
});

test('following without a WebSocket says so', () => {
  const parlor = new Parlor(SERVER, {platform: {WebSocket: undefined}});
  assert.throws(() => parlor.follow({}), /platform\.WebSocket/);
});
