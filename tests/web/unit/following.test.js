import assert from 'node:assert/strict';
import {test} from 'node:test';

import {A, B, C, MABEL, World, ZOE, event, events, page} from './world.js';

const uri = number => number.toString(16).padStart(32, '0');
const cursors = world => Object.fromEntries(world.live.cursors);

test('an event is applied if it is one more than the last', async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 9]]});
  socket.say(event(A, 10), event(A, 11, 'poll.created', {}));
  assert.deepEqual(world.heard(), ['event a10', 'event a11']);
  assert.deepEqual(cursors(world), {[A]: 11});
  assert.deepEqual(socket.said, []);
});

test('a lower event is ignored', async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 9]]});
  socket.say(event(A, 9), event(A, 3), event(A, 10), event(A, 10));
  assert.deepEqual(world.heard(), ['event a10']);
  assert.deepEqual(socket.said, []);
});

test('the first event of a chat without a cursor is applied and sets it', async () => {
  const world = new World();
  const socket = await world.connected();
  socket.say(event(A, 40), event(A, 41));
  assert.deepEqual(world.heard(), ['event a40', 'event a41']);
  assert.deepEqual(cursors(world), {[A]: 41});
});

test('a gap is filled by a sync, once however many events come behind it', async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 9]]});
  socket.say(event(A, 12), event(A, 13));
  const sync = socket.only('sync');
  assert.deepEqual(sync, {type: 'sync', id: '1', chat: A, after: 9});
  assert.deepEqual(world.heard(), []);
  socket.grant(sync, page(A, 10, 13));
  socket.say(event(A, 14));
  assert.deepEqual(world.heard(), ['event a10', 'event a11', 'event a12', 'event a13', 'event a14']);
  assert.deepEqual(socket.said, []);
});

test('what follows a sync in the very same moment is not lost', async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 9]]});
  socket.say(event(A, 11));
  socket.grant(socket.only('sync'), page(A, 10, 11));
  socket.say(event(A, 13));
  assert.equal(socket.only('sync').after, 11);
});

test('events that came during a sync are not applied twice', async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 9]]});
  socket.say(event(A, 11), event(A, 10));
  socket.grant(socket.only('sync'), page(A, 10, 11));
  assert.deepEqual(world.heard(), ['event a10', 'event a11']);
});

test('a sync goes on from where it has come to until the head is reached', async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 0]]});
  socket.say({type: 'behind', chat: A, head: 5, reason: 'overflow'});
  socket.grant(socket.only('sync'), page(A, 1, 3, 5));
  const sync = socket.only('sync');
  assert.equal(sync.after, 3);
  socket.grant(sync, page(A, 4, 5));
  assert.equal(world.heard().length, 5);
  assert.deepEqual(socket.said, []);
});

test('a gap within a page is filled by another sync', async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 1]]});
  socket.say(event(A, 4));
  socket.grant(socket.only('sync'), {events: [event(A, 2), event(A, 4)], head: 4, floor: 1, reached: true});
  assert.equal(socket.only('sync').after, 2);
});

test('at most four chats are synced at once, one after the other', async () => {
  const world = new World();
  const chats = [1, 2, 3, 4, 5, 6].map(number => [uri(number), 5, 'behind']);
  await world.follow({cursors: chats.map(([chat]) => [chat, 4]), epoch: 'epoch-1'});
  await world.ready({chats});
  const {socket} = world;
  const first = socket.heard('sync');
  assert.equal(first.length, 4);
  socket.grant(first[0], page(first[0].chat, 5, 5));
  socket.refuse(first[1], 'not_found');
  const rest = socket.heard('sync');
  assert.equal(rest.length, 2);
  for (const sync of [...first.slice(2), ...rest]) socket.grant(sync, page(sync.chat, 5, 5));
  assert.deepEqual(socket.said, []);
  assert.equal(world.told.filter(line => line.startsWith('event')).length, 5);
});

test('chats of ready without a cursor begin at their heads, the latest activity last', async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 9], [B, 4, 'behind'], [C, 0]]});
  assert.deepEqual([...world.live.cursors], [[C, 0], [B, 4], [A, 9]]);
  assert.deepEqual(socket.said, []);
});

test('chats that ready calls behind are synced, and those that it calls live are not', async () => {
  const world = new World();
  const socket = await world.connected({
    place: {cursors: [[A, 2], [B, 2]], epoch: 'epoch-1'}, chats: [[A, 200, 'behind'], [B, 4]],
  });
  const {id, ...sync} = socket.only('sync');
  assert.deepEqual(sync, {type: 'sync', chat: A, after: 2});
  socket.say(...events(B, 3, 4));
  assert.deepEqual(world.heard(), ['event b3', 'event b4']);
});

test('a chat that has missed more than is worth fetching is dropped, and goes on from its head', async () => {
  for (const [catchUp, dropped] of [[100, false], [99, true]]) {
    const world = new World({catchUp});
    await world.follow({cursors: [[A, 100]], epoch: 'epoch-1'});
    await world.ready({chats: [[A, 200, 'behind']]});
    const drop = dropped ? ['drop a far_behind 200'] : [];
    assert.deepEqual(world.heard(), ['connecting', ...drop, 'ready 1', 'live']);
    assert.equal(world.socket.only('sync').after, dropped ? 200 : 100);
    assert.deepEqual(cursors(world), {[A]: dropped ? 200 : 100});
  }
});

test('a thousand missed events are worth fetching by default', async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 0], [B, 0]]});
  socket.say({type: 'behind', chat: A, head: 1000, reason: 'overflow'});
  socket.say({type: 'behind', chat: B, head: 1001, reason: 'overflow'});
  assert.deepEqual(socket.heard('sync').map(({after}) => after), [0, 1001]);
  assert.deepEqual(world.heard(), ['drop b far_behind 1001']);
});

test('a chat that falls behind without a cursor is dropped, and goes on from its head', async () => {
  const world = new World();
  const socket = await world.connected();
  socket.say({type: 'behind', chat: A, head: 7, reason: 'overflow'});
  assert.equal(socket.only('sync').after, 7);
  assert.deepEqual(world.heard(), ['drop a far_behind 7']);
});

test('falling behind during a sync begins no second one, and its old page does no harm', async () => {
  const world = new World({catchUp: 10});
  const socket = await world.connected({chats: [[A, 1]]});
  socket.say(event(A, 4));
  const sync = socket.only('sync');
  socket.say({type: 'behind', chat: A, head: 50, reason: 'overflow'});
  assert.deepEqual(socket.said, []);
  socket.grant(sync, page(A, 2, 9, 50));
  assert.deepEqual(world.heard(), ['drop a far_behind 50']);
  const again = socket.only('sync');
  assert.equal(again.after, 50);
  socket.grant(again, page(A, 51, 51));
  assert.deepEqual(world.heard(), ['event a51']);
});

test('another epoch drops everything, before ready is told', async () => {
  const world = new World();
  await world.connected({chats: [[A, 9], [B, 9]]});
  await world.broken();
  world.heard();
  await world.ready({epoch: 'epoch-2', chats: [[A, 3]]});
  assert.deepEqual(world.heard(), ['drop all epoch', 'ready 2', 'live']);
  assert.deepEqual(cursors(world), {[A]: 3});
  assert.equal(world.live.epoch, 'epoch-2');
  await world.broken();
  world.socket.open();
  assert.deepEqual(world.socket.only('hello'), {type: 'hello', cursors: {[A]: 3}, epoch: 'epoch-2'});
});

test('another epoch is found from a place, too, and the same one drops nothing', async () => {
  for (const [epoch, told] of [['epoch-0', ['drop all epoch']], ['epoch-1', []], [null, []]]) {
    const world = new World();
    await world.follow({cursors: [[A, 9]], epoch});
    await world.ready();
    assert.deepEqual(world.heard(), ['connecting', ...told, 'ready 1', 'live']);
    assert.equal(world.live.cursors.size, epoch === 'epoch-0' ? 0 : 1);
  }
});

test('chats that are gone are dropped, by ready and later', async () => {
  const world = new World();
  await world.follow({cursors: [[A, 1], [B, 1], [C, 1]], epoch: 'epoch-1'});
  await world.ready({gone: [A], chats: [[B, 1], [C, 1]]});
  assert.deepEqual(world.heard(), ['connecting', 'drop a gone', 'ready 1', 'live']);
  world.socket.say({type: 'gone', chat: B});
  assert.deepEqual(world.heard(), ['drop b gone']);
  assert.deepEqual(cursors(world), {[C]: 1});
});

test("one's own removal is the last event of a chat, that of others is not", async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 1]]});
  socket.say(event(A, 2, 'member.removed', {user: ZOE, role: 'member'}));
  assert.deepEqual(cursors(world), {[A]: 2});
  socket.say(event(A, 3, 'member.removed', {user: MABEL, role: 'member'}));
  assert.deepEqual(cursors(world), {});
  socket.say(event(A, 9, 'member.added', {user: MABEL, role: 'member'}), event(A, 10));
  assert.deepEqual(world.heard(), ['event a2', 'event a3', 'event a9', 'event a10']);
  assert.deepEqual(socket.said, []);
});

test('a chat that is deleted is forgotten', async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 1]]});
  socket.say(event(A, 2, 'chat.deleted', {}));
  assert.deepEqual(world.heard(), ['event a2']);
  assert.deepEqual(cursors(world), {});
});

test('the answer to a sync of a chat that is gone meanwhile does no harm', async () => {
  const answers = [
    (socket, sync) => socket.grant(sync, page(A, 2, 4, 9)),
    (socket, sync) => socket.refuse(sync, 'not_found'),
    (socket, sync) => socket.refuse(sync, 'log_pruned', {head: 9, floor: 8}),
    (socket, sync) => socket.refuse(sync, 'busy', {retry_after: 1}),
  ];
  for (const answer of answers) {
    const world = new World();
    const socket = await world.connected({chats: [[A, 1]]});
    socket.say(event(A, 4));
    const sync = socket.only('sync');
    socket.say({type: 'gone', chat: A});
    world.heard();
    answer(socket, sync);
    await world.pass(5_000);
    assert.deepEqual([world.heard(), cursors(world), socket.said], [[], {}, []]);
  }
});

test('the end of a chat within a page ends its sync', async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 1]]});
  socket.say(event(A, 9));
  const last = event(A, 3, 'member.removed', {user: MABEL, role: 'member'});
  socket.grant(socket.only('sync'), {events: [event(A, 2), last], head: 9, floor: 1, reached: false});
  assert.deepEqual(world.heard(), ['event a2', 'event a3']);
  assert.deepEqual([cursors(world), socket.said], [{}, []]);
});

test('a sync of what is not there any more drops the chat', async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 1]]});
  socket.say(event(A, 4));
  socket.refuse(socket.only('sync'), 'not_found');
  assert.deepEqual(world.heard(), ['drop a gone']);
  assert.deepEqual([cursors(world), socket.said], [{}, []]);
});

test('a place from which nothing follows is dropped for the head', async () => {
  for (const code of ['cursor_ahead', 'log_pruned']) {
    const world = new World();
    const socket = await world.connected({chats: [[A, 5]]});
    socket.say(event(A, 9));
    socket.refuse(socket.only('sync'), code, {head: 8, floor: 7});
    assert.deepEqual(world.heard(), [`drop a ${code} 8`]);
    const again = socket.only('sync');
    assert.equal(again.after, 8);
    socket.grant(again, page(A, 9, 9));
    assert.deepEqual(world.heard(), ['event a9']);
  }
});

test('a place that was left meanwhile is not dropped', async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 5]]});
  socket.say(event(A, 9));
  const sync = socket.only('sync');
  socket.say(event(A, 6));
  socket.refuse(sync, 'log_pruned', {head: 8, floor: 7});
  assert.deepEqual(world.heard(), ['event a6']);
  assert.equal(socket.only('sync').after, 6);
});

test('a sync that fails for now is tried again, when the server says or after a second', async () => {
  for (const [more, seconds] of [[{retry_after: 3}, 3], [{}, 1]]) {
    const world = new World();
    const socket = await world.connected({chats: [[A, 5]]});
    socket.say(event(A, 9));
    socket.refuse(socket.only('sync'), 'unavailable', more);
    await world.pass(seconds * 1000 - 1);
    socket.say(event(A, 10));
    assert.deepEqual(socket.said, []);
    await world.pass(1);
    assert.equal(socket.only('sync').after, 5);
  }
});

test('what was to be tried again is not when the chat is gone', async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 5]]});
  socket.say(event(A, 9));
  socket.refuse(socket.only('sync'), 'busy');
  socket.say({type: 'gone', chat: A});
  await world.pass(5_000);
  assert.deepEqual(socket.said, []);
});

test('what was to be tried again is not, over the next connection', async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 5]]});
  socket.say(event(A, 9));
  socket.refuse(socket.only('sync'), 'busy');
  await world.broken();
  await world.ready({chats: [[A, 9]]});
  await world.pass(5_000);
  assert.deepEqual([socket.said, world.socket.said], [[], []]);
});

test('a connection that breaks takes its syncs with it', async () => {
  const world = new World();
  const socket = await world.connected({chats: [[A, 5]]});
  socket.say(event(A, 9));
  await world.broken();
  await world.ready({chats: [[A, 9, 'behind']]});
  assert.equal(world.socket.only('sync').after, 5);
});

test('an event moves its chat to the end of the cursors', async () => {
  const world = new World();
  const socket = await world.connected({place: {cursors: [[A, 1], [B, 1], [C, 1]], epoch: 'epoch-1'}});
  socket.say(event(A, 2), event(B, 2));
  assert.deepEqual([...world.live.cursors], [[C, 1], [A, 2], [B, 2]]);
});

test('hello has the thousand most recent cursors and fits; the others are compared with ready, or synced', async () => {
  const world = new World();
  const all = Array.from({length: 1_004}, (_, number) => [uri(number), 2 ** 53 - 10]);
  await world.follow({cursors: all, epoch: 'epoch-1'});
  const last = 2 ** 53 - 10;
  world.socket.send = text => {
    assert.ok(text.length < 65_536);
    world.socket.said.push(JSON.parse(text));
  };
  await world.ready({chats: [[uri(0), last], [uri(1), last + 2], [uri(1003), last]]});
  assert.deepEqual(Object.keys(world.hello.cursors), all.slice(4).map(([chat]) => chat));
  const syncs = world.socket.heard('sync');
  assert.deepEqual(syncs.map(({chat}) => chat), [uri(1), uri(2), uri(3)]);
  world.socket.refuse(syncs[1], 'not_found');
  assert.equal(world.heard().at(-1), 'drop 0 gone');
});

test('a chat that was left out of hello and has missed too much is dropped', async () => {
  const world = new World({catchUp: 5});
  await world.follow({cursors: Array.from({length: 1_001}, (_, number) => [uri(number), 1]), epoch: 'epoch-1'});
  await world.ready({chats: [[uri(0), 7]]});
  assert.deepEqual(world.heard(), ['connecting', 'drop 0 far_behind 7', 'ready 1', 'live']);
  assert.equal(world.socket.only('sync').after, 7);
});

test('chats that were left out of hello are forgotten with their epoch', async () => {
  const world = new World();
  await world.follow({cursors: Array.from({length: 1_001}, (_, number) => [uri(number), 1]), epoch: 'epoch-0'});
  await world.ready();
  assert.deepEqual([world.socket.said, cursors(world)], [[], {}]);
});

test('signals are passed on as they are', async () => {
  const world = new World();
  const signals = [];
  const socket = await world.connected({handlers: {signal: signal => signals.push(signal)}});
  const typing = {type: 'signal', chat: A, kind: 'typing', by: ZOE, data: {on: true}};
  socket.say(typing);
  assert.deepEqual(signals, [typing]);
});

test('handlers may all be left out', async () => {
  const world = new World();
  const socket = await world.connected({handlers: {}, chats: [[A, 1], [B, 1]]});
  socket.say(event(A, 2), {type: 'signal', kind: 'presence', by: ZOE, data: {online: true}}, {type: 'gone', chat: B});
  assert.deepEqual(cursors(world), {[A]: 2});
});

test('what handlers throw is reported, and following goes on', async t => {
  const thrown = new Error('a mistake in the page');
  const throws = () => { throw thrown; };
  const logged = t.mock.method(console, 'error', () => {});
  for (const reportError of [undefined, t.mock.fn()]) {
    globalThis.reportError = reportError;
    const world = new World();
    const handlers = {event: throws, drop: throws, signal: throws, ready: throws, status: throws};
    const socket = await world.connected({handlers, chats: [[A, 1], [B, 1]]});
    socket.say(event(A, 2), {type: 'gone', chat: B}, {type: 'signal', kind: 'presence', by: ZOE, data: {online: true}});
    socket.say(event(A, 3));
    assert.deepEqual(cursors(world), {[A]: 3});
    const calls = (reportError ?? logged).mock.calls;
    assert.equal(calls.length, 7);
    assert.ok(calls.every(call => call.arguments[0] === thrown));
  }
  assert.equal(logged.mock.calls.length, 7);
  delete globalThis.reportError;
});

test('nothing is told, and no cursor moved, after a handler has called close()', async () => {
  const world = new World();
  const {handlers} = world;
  const closing = {...handlers, event: told => { handlers.event(told); if (told.seq === 3) world.live.close(); }};
  const socket = await world.connected({handlers: closing, chats: [[A, 1]]});
  socket.say(event(A, 9));
  socket.grant(socket.only('sync'), page(A, 2, 6, 9));
  assert.deepEqual(world.heard(), ['event a2', 'event a3', 'ended closed']);
  assert.deepEqual([cursors(world), socket.said], [{[A]: 3}, []]);
});

test('nothing more is asked after a handler has called close()', async () => {
  const world = new World();
  const chats = [1, 2, 3, 4, 5].map(number => [uri(number), 5, 'behind']);
  await world.follow({cursors: chats.map(([chat]) => [chat, 4]), epoch: 'epoch-1'}, {event: () => world.live.close()});
  await world.ready({chats});
  const [{id, chat}] = world.socket.heard('sync');
  world.socket.grant({id}, page(chat, 5, 5));
  assert.deepEqual(world.socket.said, []);
});

test('close() within drop or ready leaves it at that', async () => {
  for (const [name, told] of [
    ['drop', ['connecting', 'drop a far_behind 5000', 'ended closed']],
    ['ready', [
      'connecting', 'drop a far_behind 5000', 'drop b far_behind 5000', 'drop c gone', 'ready 1', 'ended closed',
    ]],
  ]) {
    const world = new World();
    const {handlers} = world;
    const closing = {...handlers, [name]: (...what) => { handlers[name](...what); world.live.close(); }};
    await world.follow({cursors: [[A, 1], [B, 1], [C, 1]], epoch: 'epoch-1'}, closing);
    await world.ready({chats: [[B, 5_000, 'behind'], [A, 5_000, 'behind']], gone: [C]});
    assert.deepEqual(world.heard(), told);
    assert.equal(world.live.status.reason, 'closed');
  }
});
