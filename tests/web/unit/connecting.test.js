import assert from 'node:assert/strict';
import {test} from 'node:test';

import {A, B, NEW_TOKENS, NOT_VALID, TOKENS, World, ZOE, event, ready, settle} from './world.js';

/** A server that renews tokens: each time the next ones. */
function renewing(world) {
  let number = 1;
  world.on('POST users/refresh/', () => {
    number += 1;
    return [200, {access: `access-${number}`, refresh: `refresh-${number}`}];
  });
  return world;
}

/** The protocols of the newest socket. */
const offered = world => world.socket.protocols[1];

test('nothing is told inside of follow()', async () => {
  const world = new World();
  const live = world.parlor.follow(world.handlers);
  assert.deepEqual([live.status, world.heard(), world.sockets.length], [{state: 'connecting'}, [], 0]);
  await settle();
  assert.deepEqual(world.heard(), ['connecting']);
  assert.equal(world.sockets.length, 1);
});

test('the token goes into a subprotocol, and never into the address', async () => {
  const world = new World({server: 'http://parlor.test:8000'});
  await world.follow();
  assert.equal(world.socket.url, 'ws://parlor.test:8000/api/v1/live/');
  assert.deepEqual(world.socket.protocols, ['chat.v1', 'bearer.access-1']);
});

test('the first hello has no epoch', async () => {
  const world = new World();
  await world.follow();
  world.socket.open();
  assert.deepEqual(world.socket.said, [{type: 'hello', cursors: {}}]);
});

test('following goes on from a place', async () => {
  const world = new World();
  await world.follow({cursors: [[A, 9], [B, 4]], epoch: 'epoch-1'});
  assert.deepEqual([...world.live.cursors], [[A, 9], [B, 4]]);
  assert.equal(world.live.epoch, 'epoch-1');
  await world.ready();
  assert.deepEqual(world.hello, {type: 'hello', cursors: {[A]: 9, [B]: 4}, epoch: 'epoch-1'});
});

test('ready is told before live, and live before any event', async () => {
  const world = new World();
  await world.follow();
  world.socket.open();
  world.socket.say(ready({chats: [[A, 9]]}), event(A, 10));
  assert.deepEqual(world.heard(), ['connecting', 'ready 1', 'live', 'event a10']);
  assert.deepEqual(world.live.status, {state: 'live'});
  assert.equal(world.live.epoch, 'epoch-1');
});

test('who is not signed in is told so, and nothing is tried', async () => {
  const world = new World({tokens: null});
  const live = world.parlor.follow(world.handlers);
  assert.deepEqual(world.heard(), []);
  await settle();
  assert.deepEqual(world.heard(), ['connecting', 'ended signed_out']);
  assert.deepEqual(live.status, {state: 'ended', reason: 'signed_out'});
  await world.pass(60_000);
  assert.equal(world.sockets.length, 0);
});

test('a ping is answered', async () => {
  const world = new World();
  const socket = await world.connected();
  socket.say({type: 'ping'}, {type: 'pong'}, {type: 'nonsense'});
  assert.deepEqual(socket.said, [{type: 'pong'}]);
});

test('a connection that breaks is tried again, after a wait drawn at random from a range that doubles', async () => {
  const world = new World();
  await world.follow();
  const waits = [];
  for (let attempt = 0; attempt < 9; attempt += 1) {
    world.heard();
    world.socket.fail();
    assert.equal(world.live.status.state, 'waiting');
    waits.push(world.live.status.until - world.now);
    const sockets = world.sockets.length;
    await world.pass(waits.at(-1) - 1);
    assert.equal(world.sockets.length, sockets);
    await world.pass(1);
    assert.equal(world.sockets.length, sockets + 1);
    assert.deepEqual(world.heard(), ['waiting', 'connecting']);
  }
  assert.deepEqual(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  world.chance = 0.1;
  world.socket.fail();
  assert.equal(world.live.status.until - world.now, 3_000);
});

test('only ready begins the range anew', async () => {
  const world = new World();
  await world.follow();
  const wait = async () => {
    world.socket.fail();
    const {until} = world.live.status;
    const waited = until - world.now;
    await world.pass(waited);
    return waited;
  };
  assert.deepEqual([await wait(), await wait()], [250, 500]);
  world.socket.open();
  assert.equal(await wait(), 1_000);
  await world.ready();
  assert.equal(await wait(), 250);
});

test('a WebSocket that cannot even be made is a connection that fails', async () => {
  const world = new World({platform: {WebSocket: class { constructor() { throw new SyntaxError('no'); } }}});
  await world.follow();
  assert.deepEqual(world.heard(), ['connecting']);
  await world.pass(0);
  assert.deepEqual(world.heard(), ['waiting']);
});

test('a connection is given up when it is not ready within 10 seconds, open or not', async () => {
  for (const open of [false, true]) {
    const world = new World();
    await world.follow();
    await world.pass(5_000);
    if (open) world.socket.open();
    await world.pass(4_999);
    assert.deepEqual(world.heard(), ['connecting']);
    await world.pass(1);
    assert.deepEqual(world.heard(), ['waiting']);
    assert.ok(world.socket.closed);
  }
});

test('a connection is given up after 2.4 heartbeats without a frame', async () => {
  const world = new World();
  const socket = await world.connected({heartbeat: 25});
  await world.pass(59_000);
  socket.say({type: 'ping'});
  await world.pass(59_999);
  assert.deepEqual(world.heard(), []);
  await world.pass(1);
  assert.deepEqual(world.heard(), ['waiting']);
  assert.ok(socket.closed);
});

test('a connection that was given up is not heard any more', async () => {
  const world = new World();
  const old = await world.connected({chats: [[A, 1]]});
  const {onmessage, onclose} = old;
  await world.pass(60_000 + 250);
  assert.equal(world.sockets.length, 2);
  world.heard();
  old.say(event(A, 2));
  old.shut(4409);
  old.fail();
  assert.deepEqual([old.onmessage, old.onclose], [null, null]);
  assert.ok(onmessage && onclose);
  await world.ready();
  assert.deepEqual(world.heard(), ['ready 2', 'live']);
});

test('what is no JSON ends it as refused', async () => {
  const world = new World();
  await world.follow();
  world.socket.onmessage({data: '<html>'});
  assert.deepEqual(world.heard(), ['connecting', 'ended refused']);
  assert.equal(world.timers, 0);
});

test('closes that mean a misunderstanding end it as refused', async () => {
  for (const code of [4400, 1002, 1003, 1007, 1009]) {
    const world = new World();
    const socket = await world.connected();
    socket.say({type: 'bye', code, reason: '', retry_after: 1});
    socket.shut(code);
    assert.deepEqual(world.heard(), ['ended refused'], `${code}`);
    world.live.reconnect();
    await world.pass(60_000);
    assert.equal(world.sockets.length, 1);
    assert.deepEqual(world.store.kept, TOKENS);
  }
});

test('closes that say nothing of the client are followed by another attempt', async () => {
  for (const code of [1000, 1001, 1005, 1006, 1011, 1012, 4408, 4500, 4999]) {
    const world = new World();
    const socket = await world.connected({chats: [[A, 3]]});
    socket.shut(code);
    assert.deepEqual(world.heard(), ['waiting'], `${code}`);
    assert.equal(world.live.status.until - world.now, 250);
    await world.pass(250);
    await world.ready();
    assert.deepEqual(world.hello.cursors, {[A]: 3});
  }
});

test('bye says exactly when to come back', async () => {
  const world = new World();
  const socket = await world.connected();
  socket.say({type: 'bye', code: 1012, reason: 'the server restarts', retry_after: 2.173});
  socket.shut(1012);
  assert.equal(world.live.status.until - world.now, 2_173);
  await world.pass(2_172);
  assert.equal(world.sockets.length, 1);
  await world.pass(1);
  assert.equal(world.sockets.length, 2);
  world.socket.fail();
  assert.equal(world.live.status.until - world.now, 250);
});

test('a bye that does not say when to come back leaves it to chance', async () => {
  const world = new World();
  const socket = await world.connected();
  socket.say({type: 'bye', code: 1001, reason: 'the server goes away'});
  socket.shut(1001);
  assert.equal(world.live.status.until - world.now, 250);
});

test('who has sent too much stays away for 30 seconds, whatever bye says', async () => {
  const world = new World();
  const socket = await world.connected();
  socket.say({type: 'bye', code: 4429, reason: '', retry_after: 1});
  socket.shut(4429);
  assert.equal(world.live.status.until - world.now, 30_000);
});

test('a session that has ended signs out', async () => {
  const world = new World();
  const socket = await world.connected();
  socket.shut(4403);
  assert.deepEqual(world.heard(), ['ended signed_out']);
  assert.deepEqual(world.store.saved, [null]);
});

test('the end of a session leaves the tokens of a later one', async () => {
  const world = new World();
  const socket = await world.connected();
  world.store.kept = NEW_TOKENS;
  socket.shut(4403);
  assert.deepEqual(world.heard(), ['ended signed_out']);
  assert.equal(world.store.kept, NEW_TOKENS);
});

test('a connection that was replaced comes back when it is told to', async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 3]]});
  socket.shut(4409);
  assert.deepEqual(world.heard(), ['ended replaced']);
  await world.pass(60_000);
  assert.equal(world.sockets.length, 1);
  world.live.reconnect();
  await world.ready();
  assert.deepEqual(world.heard(), ['connecting', 'ready 2', 'live']);
  assert.deepEqual(world.hello.cursors, {[A]: 3});
});

test('a token that is refused is renewed, and the connection tried again at once', async () => {
  const world = renewing(new World());
  const socket = await world.connected({chats: [[A, 3]]});
  socket.say({type: 'bye', code: 4401, reason: '', retry_after: 4});
  socket.shut(4401);
  await settle();
  assert.deepEqual(world.heard(), ['connecting']);
  assert.equal(offered(world), 'bearer.access-2');
  await world.ready();
  assert.deepEqual(world.hello.cursors, {[A]: 3});
});

test('a token that is refused once more waits, and is renewed all the same', async () => {
  const world = renewing(new World());
  await world.follow();
  world.socket.shut(4401);
  await settle();
  world.socket.shut(4401);
  await settle();
  assert.deepEqual(world.heard(), ['connecting', 'connecting', 'waiting']);
  assert.equal(world.sockets.length, 2);
  await world.pass(250);
  assert.equal(offered(world), 'bearer.access-3');
  await world.ready();
  world.socket.shut(4401);
  await settle();
  assert.equal(offered(world), 'bearer.access-4');
});

test('tokens that another tab has renewed meanwhile are taken instead', async () => {
  const world = renewing(new World());
  const socket = await world.connected();
  world.store.kept = {access: 'access-9', refresh: 'refresh-9'};
  socket.shut(4401);
  await settle();
  assert.equal(offered(world), 'bearer.access-9');
  assert.deepEqual(world.calls(), []);
});

test('a renewal that is refused ends it', async () => {
  const world = new World();
  const socket = await world.connected();
  world.on('POST users/refresh/', NOT_VALID);
  socket.shut(4401);
  await settle();
  assert.deepEqual(world.heard(), ['connecting', 'ended signed_out']);
  assert.equal(world.store.kept, null);
});

test('a renewal that cannot be had now is tried again later', async () => {
  const world = new World();
  const socket = await world.connected();
  socket.shut(4401);
  await settle();
  assert.deepEqual(world.heard(), ['connecting', 'waiting']);
  renewing(world);
  await world.pass(250);
  assert.equal(offered(world), 'bearer.access-2');
});

test('tokens that were forgotten by a call end it at the next attempt only', async () => {
  const world = new World();
  await world.connected();
  world.on('POST users/refresh/', NOT_VALID);
  world.on('GET chats/', NOT_VALID);
  await assert.rejects(world.parlor.call('GET', 'chats/'));
  assert.deepEqual(world.heard(), []);
  await world.broken();
  assert.deepEqual(world.heard(), ['waiting', 'connecting', 'ended signed_out']);
});

test('somebody else who has signed in meanwhile does not go on from our places', async () => {
  const world = new World();
  await world.connected({chats: [[A, 3]]});
  const sent = assert.rejects(world.live.send(A, 'Mine!'), {code: 'ended'});
  await world.broken();
  await world.ready({user: ZOE});
  await sent;
  assert.deepEqual(world.heard(), ['waiting', 'connecting', 'ended signed_out']);
  assert.deepEqual(world.socket.said, []);
});

test('a token that is about to expire is renewed over the open connection', async () => {
  const world = renewing(new World());
  const socket = await world.connected();
  socket.say({type: 'auth.expiring', expires_at: ''});
  await settle();
  assert.deepEqual(socket.said, [{type: 'auth', token: 'access-2'}]);
  socket.say({type: 'reply', id: null, ok: true, result: {expires_at: ''}});
  socket.shut(4401);
  await settle();
  assert.equal(offered(world), 'bearer.access-3');
});

test('a renewal that fails on an open connection is left to the close', async () => {
  const world = new World();
  const socket = await world.connected();
  socket.say({type: 'auth.expiring', expires_at: ''});
  await settle();
  assert.deepEqual([socket.said, world.heard()], [[], []]);
});

test('a renewal that outlives its connection says nothing', async () => {
  const world = new World();
  const socket = await world.connected();
  let answer;
  world.on('POST users/refresh/', () => new Promise(resolve => { answer = () => resolve([200, NEW_TOKENS]); }));
  socket.say({type: 'auth.expiring', expires_at: ''});
  await settle();
  await world.broken();
  answer();
  await settle();
  assert.deepEqual([socket.said, world.socket.said], [[], []]);
});

test('reconnect() cuts a wait short', async () => {
  const world = new World();
  const socket = await world.connected();
  socket.fail();
  world.live.reconnect();
  assert.deepEqual(world.heard(), ['waiting', 'connecting']);
  await world.pass(9_000);
  assert.equal(world.sockets.length, 2);
});

test('reconnect() leaves an attempt that is under way', async () => {
  const world = new World();
  const live = world.parlor.follow(world.handlers);
  live.reconnect();
  await settle();
  live.reconnect();
  await settle();
  assert.equal(world.sockets.length, 1);
  assert.deepEqual(world.heard(), ['connecting']);
});

test('reconnect() asks an open connection for a sign of life', async () => {
  const world = new World();
  const socket = await world.connected();
  world.live.reconnect();
  assert.deepEqual(socket.said, [{type: 'ping'}]);
  await world.pass(4_999);
  socket.say({type: 'pong'});
  await world.pass(50_000);
  assert.deepEqual(world.heard(), []);
  world.live.reconnect();
  await world.pass(3_000);
  world.live.reconnect();
  assert.equal(socket.heard('ping').length, 2);
  await world.pass(1_999);
  assert.deepEqual(world.heard(), []);
  await world.pass(1);
  assert.deepEqual(world.heard(), ['waiting']);
});

test('close() ends it for good', async () => {
  const world = new World();
  const socket = await world.connected();
  world.live.close();
  world.live.close();
  assert.deepEqual(world.heard(), ['ended closed']);
  assert.ok(socket.closed);
  world.live.reconnect();
  await world.pass(60_000);
  assert.equal(world.sockets.length, 1);
  assert.equal(world.timers, 0);
});

test('close() ends a wait, a replacement, and what has not even begun', async () => {
  const waiting = new World();
  (await waiting.connected()).fail();
  waiting.live.close();
  assert.deepEqual([waiting.heard(), waiting.timers], [['waiting', 'ended closed'], 0]);
  const replaced = new World();
  (await replaced.connected()).shut(4409);
  replaced.live.close();
  replaced.live.reconnect();
  await settle();
  assert.deepEqual(replaced.heard(), ['ended replaced', 'ended closed']);
  const begun = new World();
  begun.parlor.follow(begun.handlers).close();
  await settle();
  assert.deepEqual([begun.heard(), begun.sockets.length], [['ended closed'], 0]);
});

test('close() during a renewal opens no connection, however the renewal ends', async () => {
  for (const outcome of [[200, NEW_TOKENS], NOT_VALID]) {
    const world = new World();
    const socket = await world.connected();
    let answer;
    world.on('POST users/refresh/', () => new Promise(resolve => { answer = () => resolve(outcome); }));
    socket.shut(4401);
    await settle();
    world.live.close();
    answer();
    await settle();
    assert.deepEqual(world.heard(), ['connecting', 'ended closed']);
    assert.equal(world.sockets.length, 1);
  }
});

test('close() when the status turns to connecting opens no connection', async () => {
  const world = new World();
  const live = world.parlor.follow({status: ({state}) => { if (state === 'connecting') live.close(); }});
  await settle();
  assert.equal(world.sockets.length, 0);
});
