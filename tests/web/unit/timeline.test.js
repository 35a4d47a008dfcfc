// The part of a chat that is on the screen: pages and events must come to the same, in whatever order they arrive.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {HELD, PAGE, Timeline} from '../../../crates/http/web/timeline.js';

const AT = '2026-11-24T08:00:00Z';
const [mabel, nina] = [{id: 1, username: 'mabel'}, {id: 2, username: 'nina'}];

const message = (seq, more = {}) => ({
  seq, user: mabel, message: `m${seq}`, client_id: null, reply_to: null, reactions: {}, created_at: AT, edited_at: null, deleted: false, ...more,
});
const event = (seq, kind, data, by = mabel) => ({chat: 'c', seq, kind, at: AT, by, data});
const said = (seq, by = mabel, client_id = null) => event(seq, 'message.created', {message: `m${seq}`, client_id, reply_to: null}, by);

/** A chat with this many messages, seqs 1 …; pages are answered when the test says so, if it holds them. */
function chat(count) {
  const stored = Array.from({length: count}, (_, at) => message(at + 1));
  const held = [];
  const server = {stored, hold: false, release: () => held.splice(0).forEach(answer => answer())};
  const fetch = ({before = Infinity, after = 0, limit}) => {
    const between = server.stored.filter(({seq}) => seq > after && seq < before);
    const page = (after > 0 ? between.slice(0, limit) : between.slice(-limit)).map(one => structuredClone(one));
    return server.hold ? new Promise(resolve => { held.push(() => resolve(page)); }) : Promise.resolve(page);
  };
  return {server, timeline: new Timeline(fetch, () => {})};
}

const seqs = timeline => timeline.entries.map(({seq}) => seq);
const range = (from, to) => Array.from({length: to - from + 1}, (_, at) => from + at);

test('the newest page comes first, and says whether it is all', async () => {
  const long = chat(1000).timeline;
  await long.loadNewest();
  assert.deepEqual(seqs(long), range(1001 - PAGE, 1000));
  assert.deepEqual([long.atStart, long.atEnd], [false, true]);
  const short = chat(3).timeline;
  await short.loadNewest();
  assert.deepEqual([seqs(short), short.atStart, short.atEnd], [[1, 2, 3], true, true]);
});

test('scrolling back and forth through everything shows each message once, and holds few', async () => {
  const {timeline} = chat(1234);
  await timeline.loadNewest();
  const met = new Set(seqs(timeline));
  while (!timeline.atStart) {
    const before = timeline.first;
    await timeline.loadOlder();
    assert.ok(timeline.first < before);
    assert.ok(timeline.entries.length <= HELD);
    assert.deepEqual(seqs(timeline), range(timeline.first, timeline.last), 'no hole, no repetition');
    seqs(timeline).forEach(seq => met.add(seq));
  }
  assert.deepEqual([...met].sort((a, b) => a - b), range(1, 1234));
  assert.equal(timeline.loadOlder(), null);
  while (!timeline.atEnd) {
    await timeline.loadNewer();
    assert.ok(timeline.entries.length <= HELD);
    assert.deepEqual(seqs(timeline), range(timeline.first, timeline.last));
  }
  assert.equal(timeline.last, 1234);
  assert.equal(timeline.loadNewer(), null);
});

test('a page around a message goes on to both sides', async () => {
  const {timeline} = chat(500);
  await timeline.loadAround(200);
  assert.ok(timeline.find(200) && timeline.find(199) && timeline.find(201));
  assert.deepEqual([timeline.atStart, timeline.atEnd], [false, false]);
  timeline.apply(said(501));
  assert.equal(timeline.find(501), null, 'what comes is not put behind a hole');
  while (!timeline.atEnd) await timeline.loadNewer();
  assert.deepEqual(seqs(timeline), range(timeline.first, 500));
});

test('what happens while a page is on its way is not lost', async () => {
  const {server, timeline} = chat(3);
  server.hold = true;
  const loading = timeline.loadNewest();
  // The page was read already; it does not know of these.
  timeline.apply(said(4, nina));
  timeline.apply(event(5, 'message.edited', {target: 2, message: 'changed'}));
  timeline.apply(event(6, 'message.deleted', {target: 3}));
  timeline.apply(event(7, 'reaction.added', {target: 1, emoji: '👍'}, nina));
  server.release();
  await loading;
  assert.deepEqual(seqs(timeline), [1, 2, 3, 4]);
  assert.equal(timeline.find(2).message, 'changed');
  assert.deepEqual([timeline.find(3).deleted, timeline.find(3).message], [true, '']);
  assert.deepEqual(timeline.find(1).reactions, {'👍': [2]});
});

test('what happens while older or newer ones are on their way is not lost either', async () => {
  const {server, timeline} = chat(400);
  await timeline.loadAround(150);
  for (const load of [() => timeline.loadOlder(), () => timeline.loadNewer()]) {
    server.hold = true;
    const [first, last] = [timeline.first, timeline.last];
    const loading = load();
    const target = load.toString().includes('Older') ? first - 1 : last + 1;
    timeline.apply(event(1000, 'message.edited', {target, message: 'changed'}));
    server.release();
    await loading;
    assert.equal(timeline.find(target).message, 'changed');
  }
});

test('what a page knows already changes nothing when its event comes', async () => {
  const {server, timeline} = chat(2);
  server.stored.push(message(3, {reactions: {'👍': [2]}}));
  await timeline.loadNewest();
  timeline.apply(said(3));
  timeline.apply(event(4, 'reaction.added', {target: 3, emoji: '👍'}, nina));
  assert.deepEqual(seqs(timeline), [1, 2, 3]);
  assert.deepEqual(timeline.find(3).reactions, {'👍': [2]});
});

test('reactions come and go, the emptied emoji too', async () => {
  const {timeline} = chat(1);
  await timeline.loadNewest();
  const react = (kind, emoji, by) => timeline.apply(event(9, `reaction.${kind}`, {target: 1, emoji}, by));
  react('added', '🎉', mabel);
  react('added', '🎉', nina);
  react('added', '👍', nina);
  assert.deepEqual(timeline.find(1).reactions, {'🎉': [1, 2], '👍': [2]});
  react('removed', '🎉', mabel);
  react('removed', '👍', nina);
  assert.deepEqual(timeline.find(1).reactions, {'🎉': [2]});
});

test('a deleted message takes its reactions along, and is not changed any more', async () => {
  const {timeline} = chat(1);
  await timeline.loadNewest();
  timeline.apply(event(2, 'reaction.added', {target: 1, emoji: '👍'}, nina));
  timeline.apply(event(3, 'message.deleted', {target: 1}));
  timeline.apply(event(4, 'reaction.added', {target: 1, emoji: '👍'}, nina));
  timeline.apply(event(5, 'message.edited', {target: 1, message: 'x'}));
  const {message: text, deleted, reactions} = timeline.find(1);
  assert.deepEqual({text, deleted, reactions}, {text: '', deleted: true, reactions: {}});
});

test('one\'s own message is on the screen at once, and once', async () => {
  const {timeline} = chat(1);
  await timeline.loadNewest();
  timeline.sending({clientId: 'k', message: 'm2', by: 1, state: 'sending'});
  assert.equal(timeline.outgoing.length, 1);
  timeline.sent('k', {state: 'stored', seq: 2});
  assert.equal(timeline.outgoing.length, 1, 'until its event puts it into its place');
  timeline.apply(said(2, mabel, 'k'));
  assert.deepEqual([seqs(timeline), timeline.outgoing.length], [[1, 2], 0]);
});

test('somebody else\'s message of the same key is not taken for one\'s own', async () => {
  const {timeline} = chat(1);
  await timeline.loadNewest();
  timeline.sending({clientId: 'k', message: 'mine', by: 1, state: 'sending'});
  timeline.apply(said(2, nina, 'k'));
  assert.equal(timeline.outgoing.length, 1);
});

test('an acknowledgement after the event, or where the end is not shown, leaves nothing waiting', async () => {
  const {timeline} = chat(500);
  await timeline.loadNewest();
  timeline.sending({clientId: 'k', message: 'm501', by: 1, state: 'sending'});
  timeline.apply(said(501, mabel, 'k'));
  timeline.sent('k', {state: 'stored', seq: 501});
  assert.equal(timeline.outgoing.length, 0);
  await timeline.loadAround(100);
  timeline.sending({clientId: 'l', message: 'm502', by: 1, state: 'sending'});
  timeline.sent('l', {state: 'stored', seq: 502});
  assert.equal(timeline.outgoing.length, 0);
});

test('what failed stays until it is given up', async () => {
  const {timeline} = chat(1);
  await timeline.loadNewest();
  timeline.sending({clientId: 'k', message: 'x', by: 1, state: 'sending'});
  timeline.sent('k', {state: 'failed', error: 'no'});
  assert.equal(timeline.outgoing[0].error, 'no');
  timeline.forget('k');
  assert.deepEqual(timeline.outgoing, []);
});

test('a page that comes after another was asked for is thrown away', async () => {
  const {server, timeline} = chat(500);
  await timeline.loadNewest();
  server.hold = true;
  const older = timeline.loadOlder();
  const around = timeline.loadAround(100);
  server.release();
  await Promise.all([older, around]);
  assert.deepEqual(seqs(timeline), range(timeline.first, timeline.last));
  assert.ok(timeline.last < 200);
});

test('whoever stays at the end for long holds the newest only', async () => {
  const {timeline} = chat(0);
  await timeline.loadNewest();
  for (const seq of range(1, 2 * HELD)) timeline.apply(said(seq));
  timeline.trim();
  assert.equal(timeline.entries.length, HELD);
  assert.deepEqual([timeline.last, timeline.atStart], [2 * HELD, false]);
});

test('a failed page leaves all as it was, and can be asked for again', async () => {
  let fails = true;
  const timeline = new Timeline(async ({before}) => {
    if (before && fails) throw new Error('no');
    return before ? [message(1)] : range(100, 99 + PAGE).map(seq => message(seq));
  }, () => {});
  await timeline.loadNewest();
  await assert.rejects(timeline.loadOlder());
  fails = false;
  await timeline.loadOlder();
  assert.equal(timeline.first, 1);
});
