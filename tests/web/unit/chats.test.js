// The list of chats: what was read and what is told by events must come to the same, in whatever order they arrive.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {Chats, TYPING_MS} from '../../../crates/http/web/chats.js';

const at = seq => new Date(Date.UTC(2026, 10, 24) + 1000 * seq).toISOString();
const [mabel, nina, otto] = [{id: 1, username: 'mabel'}, {id: 2, username: 'nina'}, {id: 3, username: 'otto'}];
const message = (seq, user, text = `m${seq}`) => ({seq, user, message: text, client_id: null, reply_to: null, reactions: {}, created_at: at(seq), edited_at: null, deleted: false});
const event = (chat, seq, kind, data, by) => ({chat, seq, kind, at: at(seq), by, data});
const said = (chat, seq, by, text = `m${seq}`) => event(chat, seq, 'message.created', {message: text, client_id: null, reply_to: null}, by);

const group = (uri, head = 1, more = {}) => ({
  uri, kind: 'group', title: uri, owner: mabel, joinable: true, member_count: 2, members: [{...mabel, role: 'owner'}, {...nina, role: 'member'}],
  head, read: head, unread: 0, last_message: null, created_at: at(0), updated_at: at(head), ...more,
});

/** Mabel's chats; the server answers when the test lets it. */
async function chatsOf(...stored) {
  const server = {stored: new Map(stored.map(chat => [chat.uri, chat])), asked: [], hold: false, release: () => {}};
  const answer = value => {
    const copy = structuredClone(value);
    if (!server.hold) return Promise.resolve(copy);
    return new Promise(resolve => { const before = server.release; server.release = () => { before(); resolve(copy); }; });
  };
  const chats = new Chats({
    all: () => answer([...server.stored.values()]),
    one: uri => { server.asked.push(uri); return answer(server.stored.get(uri) ?? null); },
  }, () => {});
  chats.me = 1;
  await chats.load();
  return {server, chats, get: uri => chats.all.get(uri)};
}
const settled = () => new Promise(resolve => { setImmediate(resolve); });

test('the latest activity comes first, and a message brings its chat there', async () => {
  const {chats} = await chatsOf(group('a', 5), group('b', 7));
  assert.deepEqual(chats.listed.map(({uri}) => uri), ['b', 'a']);
  chats.apply(said('a', 9, nina));
  assert.deepEqual(chats.listed.map(({uri}) => uri), ['a', 'b']);
});

test('messages of others are unread until one reads or answers', async () => {
  const {chats, get} = await chatsOf(group('a', 1));
  chats.apply(said('a', 2, nina));
  chats.apply(said('a', 3, nina));
  assert.deepEqual([get('a').unread, get('a').last_message.message, chats.unread], [2, 'm3', 2]);
  chats.markRead('a', 3, 0);
  assert.deepEqual([get('a').unread, get('a').read], [0, 3]);
  chats.apply(said('a', 4, nina));
  chats.apply(said('a', 5, mabel));
  assert.deepEqual([get('a').unread, get('a').read], [0, 5]);
});

test('what the list counted already is not counted again', async () => {
  const {chats, get} = await chatsOf(group('a', 3, {unread: 2, read: 1}));
  chats.apply(said('a', 2, nina));
  chats.apply(said('a', 3, nina));
  assert.equal(get('a').unread, 2);
});

test('what happens while the list is read is not lost', async () => {
  const {server, chats, get} = await chatsOf(group('a', 1));
  server.hold = true;
  const loading = chats.load();
  chats.apply(said('a', 2, nina));
  server.release();
  await loading;
  assert.deepEqual([get('a').head, get('a').unread], [2, 1]);
});

test('a list asked for while it is read is read again', async () => {
  const {server, chats, get} = await chatsOf(group('a', 1));
  server.hold = true;
  const loading = chats.load();
  chats.load();
  server.stored.set('b', group('b', 1));
  server.hold = false;
  server.release();
  await loading;
  assert.ok(get('b'));
});

test('an event of an unknown chat brings the chat, once, with what follows meanwhile', async () => {
  const {server, chats, get} = await chatsOf();
  server.stored.set('n', group('n', 2, {unread: 1, read: 1, last_message: message(2, nina)}));
  server.hold = true;
  chats.apply(event('n', 1, 'chat.created', {kind: 'group', title: 'n', joinable: true, members: []}, nina));
  chats.apply(said('n', 2, nina));
  chats.apply(said('n', 3, nina));
  server.release();
  await settled();
  assert.deepEqual(server.asked, ['n']);
  assert.deepEqual([get('n').head, get('n').unread, get('n').last_message.seq], [3, 2, 3]);
});

test('one who is removed, or whose group is deleted, forgets it', async () => {
  const {chats, get} = await chatsOf(group('a', 1), group('b', 1));
  chats.apply(event('a', 2, 'member.removed', {user: mabel, role: 'member'}, nina));
  chats.apply(event('b', 2, 'chat.deleted', {}, nina));
  assert.deepEqual([get('a'), get('b')], [undefined, undefined]);
  chats.apply(event('a', 2, 'member.removed', {user: mabel, role: 'member'}, nina));
  assert.equal(get('a'), undefined, 'and does not ask for it again');
});

test('members, roles, settings and the owner follow the log', async () => {
  const {chats, get} = await chatsOf(group('a', 1));
  chats.apply(event('a', 2, 'member.added', {user: otto, role: 'member'}, otto));
  chats.apply(event('a', 3, 'member.role', {user: nina, role: 'owner'}, mabel));
  chats.apply(event('a', 4, 'member.role', {user: mabel, role: 'admin'}, mabel));
  chats.apply(event('a', 5, 'chat.updated', {title: 'Books'}, nina));
  assert.deepEqual(get('a').members.map(({username, role}) => `${username} ${role}`), ['mabel admin', 'nina owner', 'otto member']);
  assert.deepEqual([get('a').owner.id, get('a').title, get('a').joinable, get('a').member_count], [2, 'Books', true, 3]);
  chats.apply(event('a', 6, 'member.removed', {user: otto, role: 'member'}, nina));
  assert.deepEqual([get('a').member_count, get('a').members.length], [2, 2]);
});

test('an edit of the last message shows; a deleted one is asked of the server', async () => {
  const {server, chats, get} = await chatsOf(group('a', 3, {last_message: message(3, nina), unread: 1, read: 2}));
  chats.apply(event('a', 4, 'message.edited', {target: 3, message: 'new'}, nina));
  assert.equal(get('a').last_message.message, 'new');
  server.stored.set('a', group('a', 5, {last_message: message(2, nina), read: 2}));
  chats.apply(event('a', 5, 'message.deleted', {target: 3}, nina));
  await settled();
  assert.deepEqual([get('a').last_message.seq, get('a').unread], [2, 0]);
});

test('reading on another device counts here', async () => {
  const {server, chats, get} = await chatsOf(group('a', 4, {last_message: message(4, nina), read: 1, unread: 3}));
  server.stored.set('a', group('a', 4, {last_message: message(4, nina), read: 3, unread: 1}));
  chats.signal({kind: 'read', chat: 'a', by: mabel, data: {seq: 3}}, 0);
  await settled();
  assert.equal(get('a').unread, 1);
  chats.signal({kind: 'read', chat: 'a', by: mabel, data: {seq: 4}}, 0);
  assert.equal(get('a').unread, 0);
  chats.signal({kind: 'read', chat: 'a', by: mabel, data: {seq: 2}}, 0);
  assert.equal(get('a').read, 4, 'only forward');
});

test('what ready says counts where nothing has happened since', async () => {
  const {chats, get} = await chatsOf(group('a', 4, {read: 1, unread: 3}), group('b', 4));
  chats.ready([{chat: 'a', head: 4, read: 4, unread: 0}, {chat: 'b', head: 9, read: 9, unread: 7}]);
  assert.deepEqual([get('a').unread, get('b').unread], [0, 0]);
});

test('a chat that one was put into while away comes with ready', async () => {
  const {server, chats, get} = await chatsOf(group('a', 4));
  server.stored.set('n', group('n', 7, {unread: 2, read: 5}));
  chats.ready([{chat: 'a', head: 4, read: 4, unread: 0}, {chat: 'n', head: 7, read: 5, unread: 2}]);
  await settled();
  assert.deepEqual([server.asked, get('n').unread], [['n'], 2]);
});

test('who types is seen until they write, stop or fall silent', async () => {
  const {chats} = await chatsOf(group('a', 1));
  const types = (by, on, now) => chats.signal({kind: 'typing', chat: 'a', by, data: {on}}, now);
  types(nina, true, 0);
  types(otto, true, 10);
  types(mabel, true, 10);
  assert.deepEqual(chats.typing('a', 20), ['nina', 'otto']);
  types(otto, false, 30);
  assert.deepEqual(chats.typing('a', 40), ['nina']);
  assert.deepEqual(chats.typing('a', TYPING_MS + 1), []);
  types(nina, true, 50);
  chats.apply(said('a', 2, nina));
  assert.deepEqual(chats.typing('a', 60), []);
});

test('presence comes and goes, and is not known after a break', async () => {
  const {chats} = await chatsOf();
  const presence = online => chats.signal({kind: 'presence', by: nina, data: {online}}, 0);
  presence(true);
  assert.ok(chats.online.has(2));
  presence(false);
  assert.ok(!chats.online.has(2));
  presence(true);
  chats.ready([]);
  assert.ok(!chats.online.has(2));
});

test('how far others have read is kept, forward only', async () => {
  const {chats} = await chatsOf(group('a', 5));
  for (const seq of [4, 2]) chats.signal({kind: 'read', chat: 'a', by: nina, data: {seq}}, 0);
  assert.deepEqual([...chats.reads('a')], [[2, 4]]);
});

test('a read that fails leaves the chat as it was', async () => {
  const chats = new Chats({all: async () => [group('a', 3, {last_message: message(3, nina)})], one: async () => { throw new Error('no'); }}, () => {});
  chats.me = 1;
  await chats.load();
  await chats.refresh('a');
  assert.equal(chats.all.get('a').head, 3);
});
