import assert from 'node:assert/strict';
import {test} from 'node:test';

import {A, B, World, event, page, settle} from './world.js';

const uri = number => number.toString(16).padStart(32, '0');
const texts = frames => frames.map(({message}) => message);

test('a message is sent with an id of its own, and resolves when it is stored', async () => {
  const world = new World();
  const socket = await world.connected();
  const sent = world.live.send(A, 'Hello!');
  const frame = socket.only('send');
  assert.deepEqual(frame, {type: 'send', id: '1', chat: A, message: 'Hello!', client_id: 'uuid-1'});
  socket.grant(frame, {seq: 12, duplicate: false});
  assert.deepEqual(await sent, {seq: 12, duplicate: false});
});

test('a message may have an id that was kept, and answer another', async () => {
  const world = new World();
  const socket = await world.connected();
  world.live.send(A, 'Hello!', {clientId: 'kept', replyTo: 7});
  const {client_id: clientId, reply_to: replyTo} = socket.only('send');
  assert.deepEqual([clientId, replyTo], ['kept', 7]);
  world.live.send(B, 'Hello!', {replyTo: null});
  assert.equal('reply_to' in socket.only('send'), false);
});

test('messages to one chat go one after the other, those to different chats at once', async () => {
  const world = new World();
  const socket = await world.connected();
  const sent = ['one', 'two', 'three'].map(text => world.live.send(A, text));
  world.live.send(B, 'other');
  const [one, other] = socket.heard('send');
  assert.deepEqual(texts([one, other]), ['one', 'other']);
  socket.grant(one, {seq: 1, duplicate: false});
  const two = socket.only('send');
  assert.equal(two.message, 'two');
  socket.refuse(two, 'blocked');
  await assert.rejects(sent[1], {name: 'ParlorError', code: 'blocked', message: 'It is blocked.'});
  const three = socket.only('send');
  socket.grant(three, {seq: 2, duplicate: false});
  assert.deepEqual([await sent[0], await sent[2]].map(({seq}) => seq), [1, 2]);
});

test('messages that wait are sent when the connection is ready', async () => {
  const world = new World();
  await world.follow();
  const sent = ['one', 'two'].map(text => world.live.send(A, text));
  assert.deepEqual(world.socket.said, []);
  await world.ready();
  world.socket.grant(world.socket.only('send'), {seq: 1, duplicate: false});
  world.socket.grant(world.socket.only('send'), {seq: 2, duplicate: false});
  assert.deepEqual((await Promise.all(sent)).map(({seq}) => seq), [1, 2]);
});

test('a message that is sent while ready is told is sent once', async () => {
  const world = new World();
  await world.follow({}, {ready: () => { for (const text of ['one', 'two']) world.live.send(A, text); }});
  await world.ready();
  const one = world.socket.only('send');
  assert.equal(one.message, 'one');
  world.socket.grant(one, {seq: 1, duplicate: false});
  assert.equal(world.socket.only('send').message, 'two');
});

test('a message without a reply is sent again over the next connection, as it was and before later ones', async () => {
  const world = new World();
  const socket = await world.connected();
  const sent = world.live.send(A, 'one');
  world.live.send(A, 'two');
  const first = socket.only('send');
  await world.broken();
  await world.ready();
  const {id, ...again} = world.socket.only('send');
  assert.deepEqual({...again, id: first.id}, first);
  socket.grant(first, {seq: 99, duplicate: false});
  world.socket.grant({id}, {seq: 4, duplicate: true});
  assert.deepEqual(await sent, {seq: 4, duplicate: true});
  assert.equal(world.socket.only('send').message, 'two');
});

test('a message that fails for now is sent again, when the server says or after a second', async () => {
  for (const code of ['rate_limited', 'busy', 'unavailable', 'internal']) {
    for (const [more, seconds] of [[{retry_after: 2}, 2], [{}, 1]]) {
      const world = new World();
      const socket = await world.connected();
      const sent = world.live.send(A, 'one');
      world.live.send(A, 'two');
      const {id, ...first} = socket.only('send');
      socket.refuse({id}, code, more);
      await world.pass(seconds * 1000 - 1);
      assert.deepEqual(socket.said, []);
      await world.pass(1);
      const {id: newId, ...again} = socket.only('send');
      assert.deepEqual(again, first);
      socket.grant({id: newId}, {seq: 1, duplicate: false});
      await sent;
    }
  }
});

test('a message that waits for its second try is sent once over the next connection', async () => {
  const world = new World();
  const socket = await world.connected();
  world.live.send(A, 'one');
  socket.refuse(socket.only('send'), 'busy');
  await world.broken();
  await world.ready();
  await world.pass(5_000);
  world.socket.only('send');
  assert.deepEqual(socket.said, []);
});

test('what is no text, and what is too long for a frame, is refused without a word to the server', async () => {
  const world = new World();
  const socket = await world.connected();
  const half = world.live.send(A, 'half \ud83d');
  const long = world.live.send(A, 'ü'.repeat(33_000));
  await assert.rejects(half, {name: 'ParlorError', code: 'invalid'});
  await assert.rejects(long, {name: 'ParlorError', code: 'payload_too_large'});
  await assert.rejects(world.live.request('edit', {chat: A, seq: 1, message: '\udc00'}), {code: 'invalid'});
  assert.deepEqual(socket.said, []);
  const whole = world.live.send(A, 'whole \ud83d\ude00, \\ud83d and '.padEnd(60_000, 'ü').slice(0, 30_000));
  socket.grant(socket.only('send'), {seq: 1, duplicate: false});
  await whole;
});

test('what is not acknowledged at the end is rejected, and so is what comes after it', async () => {
  const ends = {
    closed: world => world.live.close(),
    refused: world => world.socket.shut(4400),
    signed_out: world => world.socket.shut(4403),
  };
  for (const [reason, end] of Object.entries(ends)) {
    const world = new World();
    await world.connected();
    const sends = ['one', 'two'].map(text => assert.rejects(world.live.send(A, text), {code: 'ended'}));
    const code = reason === 'closed' ? 'ended' : 'disconnected';
    const request = assert.rejects(world.live.request('read', {chat: A, seq: 1}), {code});
    end(world);
    assert.equal(world.live.status.reason, reason);
    await Promise.all([...sends, request]);
    await assert.rejects(world.live.send(A, 'three'), {code: 'ended'});
    await assert.rejects(world.live.request('read', {chat: A, seq: 1}), {code: 'ended'});
  }
});

test('a connection that was replaced keeps what is to be sent', async () => {
  const world = new World();
  const socket = await world.connected();
  const sent = world.live.send(A, 'one');
  socket.shut(4409);
  world.live.send(A, 'two');
  world.live.reconnect();
  await world.ready();
  world.socket.grant(world.socket.only('send'), {seq: 1, duplicate: false});
  await sent;
  assert.equal(world.socket.only('send').message, 'two');
});

test('a request has the result of its reply, whatever the order of the replies', async () => {
  const world = new World();
  const socket = await world.connected();
  const read = world.live.request('read', {chat: A, seq: 12});
  const typing = world.live.request('typing', {chat: A, on: true});
  const [{id, ...asked}, second] = socket.said.splice(0);
  assert.deepEqual(asked, {type: 'read', chat: A, seq: 12});
  socket.grant(second, {});
  socket.grant({id}, {read: 12, unread: 0});
  socket.grant({id}, {read: 13, unread: 0});
  assert.deepEqual(await Promise.all([read, typing]), [{read: 12, unread: 0}, {}]);
});

test('a request that is refused is rejected with what the server says', async () => {
  const world = new World();
  const socket = await world.connected();
  const request = world.live.request('edit', {chat: A, seq: 12, message: 'x'});
  socket.refuse(socket.only('edit'), 'rate_limited', {retry_after: 1});
  const expected = {name: 'ParlorError', code: 'rate_limited', status: 0, retryAfter: 1, errors: {}};
  await assert.rejects(request, expected);
});

test('a request needs a connection, and is rejected when it breaks', async () => {
  const world = new World();
  await world.follow();
  const refused = () => assert.rejects(world.live.request('read', {chat: A, seq: 1}), {code: 'disconnected'});
  await refused();
  await world.ready();
  const asked = Array.from({length: 9}, () => refused());
  assert.equal(world.socket.heard('read').length, 8);
  await world.broken();
  await Promise.all(asked);
  await refused();
  await world.ready();
  assert.deepEqual(world.socket.said, []);
});

test('at most eight requests are open, of whatever kind', async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 1], [B, 1]]});
  socket.say(event(A, 3));
  for (let number = 0; number < 5; number += 1) world.live.send(uri(number), 'Hello!');
  for (let number = 0; number < 5; number += 1) world.live.request('read', {chat: A, seq: 1}).catch(() => {});
  const [sync, send, ...rest] = socket.said.splice(0);
  assert.equal(rest.length, 6);
  socket.say(event(B, 3));
  assert.deepEqual(socket.said, []);
  socket.grant(send, {seq: 1, duplicate: false});
  const [next] = socket.said.splice(0);
  assert.deepEqual([next.type, next.chat], ['sync', B]);
  socket.grant(sync, page(A, 2, 3));
  socket.grant(next, page(B, 2, 3));
  assert.deepEqual(socket.said.map(({type}) => type), ['read', 'read']);
});

test('no more is sent than the server takes', async () => {
  const world = new World();
  const socket = await world.connected({limits: {frames_per_second: 20, frame_burst: 40}});
  await world.pass(30_000);
  let taken = 0;
  const take = () => {
    for (let frames; (frames = socket.heard('send')).length > 0;) {
      taken += frames.length;
      for (const frame of frames) socket.grant(frame, {seq: taken, duplicate: false});
    }
    return taken;
  };
  for (let number = 0; number < 50; number += 1) world.live.send(A, `${number}`).catch(() => {});
  assert.equal(take(), 20);
  await world.pass(49);
  assert.equal(take(), 20);
  await world.pass(1);
  assert.equal(take(), 21);
  for (let passed = 0; passed < 10; passed += 1) {
    await world.pass(100);
    take();
  }
  assert.ok(taken > 35 && taken <= 41, `${taken}`);
  world.live.close();
  assert.equal(world.timers, 0);
});

test('a server without limits is sent as much as there is', async () => {
  for (const limits of [{frames_per_second: 0, frame_burst: 40}, undefined]) {
    const world = new World();
    const socket = await world.connected({limits});
    for (let number = 0; number < 50; number += 1) {
      world.live.send(A, `${number}`);
      socket.grant(socket.only('send'), {seq: number, duplicate: false});
    }
    await settle();
  }
});
