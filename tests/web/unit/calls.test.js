import assert from 'node:assert/strict';
import {test} from 'node:test';

import {Parlor, ParlorError} from '../../../crates/http/web/parlor-client.js';
import {NEW_TOKENS, NOT_VALID, SERVER, TOKENS, World, settle, tokenStore} from './world.js';

const ACCOUNT = {id: 1, email: 'mabel@example.com', username: 'mabel'};

/** A server that takes the new access token only. */
function withOldToken(options) {
  const world = new World(options);
  const answer = ({headers}) => headers.Authorization === 'Bearer access-2' ? [200, ACCOUNT] : NOT_VALID;
  world.on('GET users/me/', answer);
  world.on('GET chats/', answer);
  world.on('POST users/refresh/', [200, NEW_TOKENS]);
  return world;
}

test('a call carries the access token, and JSON in and out', async () => {
  const world = new World();
  world.on('POST chats/', [200, {uri: 'u'}]);
  const answer = await world.parlor.call('POST', 'chats/', {title: 'Book club'}, {headers: {Prefer: 'x'}});
  assert.deepEqual(answer, {uri: 'u'});
  const [{url, headers, body}] = world.requests;
  assert.equal(url, 'http://parlor.test/api/v1/chats/');
  assert.deepEqual(headers, {Prefer: 'x', 'Content-Type': 'application/json', Authorization: 'Bearer access-1'});
  assert.deepEqual(body, {title: 'Book club'});
});

test('a call without tokens and without a body has no headers for them', async () => {
  const world = new World({tokens: null});
  world.on('GET users/hello/', [200, {message: 'Hello, World!'}]);
  await world.parlor.call('GET', 'users/hello/');
  assert.deepEqual(world.requests[0].headers, {});
  assert.equal(world.requests[0].body, undefined);
});

test('an answer without content is null, and one that is no JSON comes as text', async () => {
  const world = new World();
  world.on('DELETE chats/x/', [204]);
  world.on('GET users/me/export/', [200, '{"record":"account"}\n', {'Content-Type': 'application/jsonl'}]);
  assert.equal(await world.parlor.call('DELETE', 'chats/x/'), null);
  assert.equal(await world.parlor.call('GET', 'users/me/export/'), '{"record":"account"}\n');
});

test('a path before the API, with or without a slash behind it, stays', async () => {
  const same = ['https://example.com/talk', 'https://example.com/talk/', new URL('https://example.com/talk?x#y')];
  for (const server of same) {
    const world = new World({server});
    world.on('GET chats/', [200, []]);
    await world.parlor.call('GET', 'chats/');
    assert.equal(world.requests[0].url, 'https://example.com/talk/api/v1/chats/');
    await world.follow();
    assert.equal(world.socket.url, 'wss://example.com/talk/api/v1/live/');
  }
});

test('an error carries what the problem says', async () => {
  const world = new World();
  const errors = {username: ['This field may not be blank.']};
  world.on('PATCH users/me/', [400, {detail: 'username: blank', code: 'invalid', status: 400, errors}]);
  await assert.rejects(world.parlor.call('PATCH', 'users/me/', {}), error => {
    assert.ok(error instanceof ParlorError && error instanceof Error);
    assert.equal(error.message, 'username: blank');
    assert.deepEqual(
      [error.name, error.code, error.status, error.errors, error.retryAfter, 'head' in error],
      ['ParlorError', 'invalid', 400, errors, null, false],
    );
    return true;
  });
  world.on('GET chats/', [503, {detail: 'Busy.', code: 'busy', status: 503}, {'Retry-After': '3'}]);
  await assert.rejects(world.parlor.call('GET', 'chats/'), {code: 'busy', retryAfter: 3, errors: {}});
  world.on('GET chats/x/events/', [409, {detail: 'Pruned.', code: 'log_pruned', status: 409, floor: 5, head: 9}]);
  await assert.rejects(world.parlor.call('GET', 'chats/x/events/'), {code: 'log_pruned', floor: 5, head: 9});
});

test('an error answer that is no problem is a ParlorError too', async () => {
  const world = new World();
  world.on('GET chats/', [502, '<h1>Bad gateway</h1>', {'Content-Type': 'text/html'}]);
  await assert.rejects(world.parlor.call('GET', 'chats/'), {name: 'ParlorError', code: 'unavailable', status: 502});
  world.on('GET chats/', [418, '{"oh":', {'Content-Type': 'application/json'}]);
  await assert.rejects(world.parlor.call('GET', 'chats/'), {name: 'ParlorError', code: 'internal', status: 418});
  world.on('GET chats/', [200, '[{', {'Content-Type': 'application/json'}]);
  await assert.rejects(world.parlor.call('GET', 'chats/'), {name: 'ParlorError', code: 'internal'});
});

test('a call that nobody answers is unreachable', async () => {
  const world = new World();
  await assert.rejects(world.parlor.call('GET', 'chats/'), {name: 'ParlorError', code: 'unreachable', status: 0});
  const text = async () => { throw new TypeError('broken'); };
  const breaks = async () => ({status: 200, headers: new Headers(), text});
  const parlor = new Parlor(SERVER, {platform: {fetch: breaks}});
  await assert.rejects(parlor.call('GET', 'chats/'), {code: 'unreachable'});
});

test('a call that is aborted is rejected with the reason of the signal', async () => {
  const world = new World();
  const abort = new AbortController();
  world.on('GET chats/', ({signal}) => new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')));
  }));
  const call = world.parlor.call('GET', 'chats/', undefined, {signal: abort.signal});
  abort.abort(new RangeError('enough'));
  await assert.rejects(call, RangeError);
});

test('a page has the items, and the paths of its neighbours', async () => {
  const world = new World();
  const link = '</api/v1/users/?search=a%2Cb&cursor=x>; rel="prev", </talk/api/v1/users/?cursor=y&limit=2>; rel="next"';
  world.on('GET users/?limit=2', [200, [1, 2], {Link: link}]);
  world.on('GET users/?cursor=y&limit=2', [200, [3]]);
  const first = await world.parlor.page('users/?limit=2');
  assert.deepEqual(first, {items: [1, 2], next: 'users/?cursor=y&limit=2', prev: 'users/?search=a%2Cb&cursor=x'});
  assert.deepEqual(await world.parlor.page(first.next), {items: [3], next: null, prev: null});
});

test('signing up and logging in keep the tokens, and send none', async () => {
  const world = new World();
  world.on('POST users/signup/', [201, {...ACCOUNT, ...NEW_TOKENS}]);
  world.on('POST users/login/', [200, {...ACCOUNT, ...TOKENS}]);
  const form = {email: 'mabel@example.com', username: 'mabel', password: 'correct horse'};
  assert.deepEqual(await world.parlor.signUp(form), ACCOUNT);
  assert.deepEqual(world.store.kept, NEW_TOKENS);
  assert.deepEqual(world.requests[0].body, {...form, password2: form.password});
  await world.parlor.signUp({...form, password2: 'other', invite: 'i'});
  assert.deepEqual(world.requests[1].body, {...form, password2: 'other', invite: 'i'});
  assert.deepEqual(await world.parlor.logIn('mabel@example.com', 'correct horse'), ACCOUNT);
  assert.deepEqual(world.store.kept, TOKENS);
  assert.deepEqual(world.requests[2].body, {email: 'mabel@example.com', password: 'correct horse'});
  assert.ok(world.requests.every(({headers}) => !('Authorization' in headers)));
});

test('tokens are kept in memory if there is no other place', async () => {
  const {platform} = new World();
  const fetch = async () => Response.json({...ACCOUNT, ...TOKENS});
  const parlor = new Parlor(SERVER, {platform: {...platform, fetch}});
  assert.equal(parlor.signedIn, false);
  await parlor.logIn('mabel@example.com', 'correct horse');
  assert.equal(parlor.signedIn, true);
});

test('logging out tells the server and forgets the tokens, reachable or not', async () => {
  const world = new World();
  world.on('POST users/logout/', [204]);
  await world.parlor.logOut();
  assert.equal(world.requests[0].headers.Authorization, 'Bearer access-1');
  assert.equal(world.parlor.signedIn, false);
  await world.parlor.logOut();
  assert.deepEqual(world.calls(), ['POST users/logout/']);
  const cutOff = new World();
  await cutOff.parlor.logOut();
  assert.equal(cutOff.store.kept, null);
});

test('a token at its end is renewed, and the call made again', async () => {
  const world = withOldToken();
  assert.deepEqual(await world.parlor.call('GET', 'users/me/'), ACCOUNT);
  assert.deepEqual(world.requests.map(({call}) => call), ['GET users/me/', 'POST users/refresh/', 'GET users/me/']);
  assert.deepEqual(world.requests[1].body, {refresh: 'refresh-1'});
  assert.equal(world.requests[1].headers.Authorization, undefined);
  assert.deepEqual(world.store.saved, [NEW_TOKENS]);
  assert.equal(world.timers, 0);
});

test('a call is made again once only', async () => {
  const world = withOldToken();
  world.on('GET users/me/', NOT_VALID);
  await assert.rejects(world.parlor.call('GET', 'users/me/'), {code: 'token_not_valid'});
  assert.deepEqual(world.calls(), ['GET users/me/', 'POST users/refresh/', 'GET users/me/']);
});

test('another 401 renews nothing', async () => {
  const world = new World();
  world.on('POST users/login/', [401, {detail: 'No.', code: 'invalid_credentials', status: 401}]);
  world.on('GET chats/', [401, {detail: 'No token.', code: 'not_authenticated', status: 401}]);
  await assert.rejects(world.parlor.logIn('x', 'y'), {code: 'invalid_credentials'});
  await assert.rejects(world.parlor.call('GET', 'chats/'), {code: 'not_authenticated', status: 401});
  assert.deepEqual(world.calls(), ['POST users/login/', 'GET chats/']);
});

test('calls that fail together share one renewal', async () => {
  const world = withOldToken();
  await Promise.all([world.parlor.call('GET', 'users/me/'), world.parlor.call('GET', 'chats/')]);
  assert.equal(world.calls().filter(call => call === 'POST users/refresh/').length, 1);
});

test('a later token that fails is renewed anew', async () => {
  const world = withOldToken();
  await world.parlor.call('GET', 'users/me/');
  world.on('GET users/me/', ({headers}) => headers.Authorization === 'Bearer access-3' ? [200, ACCOUNT] : NOT_VALID);
  world.on('POST users/refresh/', ({body}) => [200, {access: 'access-3', refresh: `after-${body.refresh}`}]);
  await world.parlor.call('GET', 'users/me/');
  assert.equal(world.store.kept.refresh, 'after-refresh-2');
});

test('tokens of a later login are renewed beside a renewal of earlier ones', async () => {
  const world = withOldToken();
  world.on('GET users/me/', ({headers}) => headers.Authorization === 'Bearer access-8' ? [200, ACCOUNT] : NOT_VALID);
  world.on('POST users/refresh/', ({body}) => body.refresh === 'refresh-7'
    ? [200, {access: 'access-8', refresh: 'refresh-8'}] : new Promise(() => {}));
  world.parlor.call('GET', 'users/me/');
  await settle();
  world.store.kept = {access: 'access-7', refresh: 'refresh-7'};
  assert.deepEqual(await world.parlor.call('GET', 'users/me/'), ACCOUNT);
});

test('tokens that another tab has renewed are used', async () => {
  const world = withOldToken();
  world.on('GET users/me/', ({headers}) => {
    world.store.kept = NEW_TOKENS;
    return headers.Authorization === 'Bearer access-2' ? [200, ACCOUNT] : NOT_VALID;
  });
  await world.parlor.call('GET', 'users/me/');
  assert.deepEqual(world.calls(), ['GET users/me/', 'GET users/me/']);
});

test('tokens are renewed under the lock, and looked at again when it is ours', async () => {
  let release;
  const store = tokenStore(TOKENS);
  store.lock = work => new Promise(resolve => { release = () => resolve(work()); });
  const world = withOldToken({store});
  const call = world.parlor.call('GET', 'users/me/');
  await settle();
  assert.deepEqual(world.calls(), ['GET users/me/']);
  store.kept = NEW_TOKENS;
  release();
  await call;
  assert.deepEqual(world.calls(), ['GET users/me/']);
});

test('a renewal that is refused signs out', async () => {
  const world = withOldToken();
  world.on('POST users/refresh/', NOT_VALID);
  await assert.rejects(world.parlor.call('GET', 'users/me/'), {code: 'token_not_valid', status: 401});
  assert.equal(world.parlor.signedIn, false);
  assert.deepEqual(world.store.saved, [null]);
});

test('a renewal that is not answered, or by somebody else, keeps the tokens', async () => {
  const world = withOldToken();
  for (const [answer, code] of [
    [() => { throw new TypeError('no network'); }, 'unreachable'],
    [[503, {detail: 'Down.', code: 'unavailable', status: 503}], 'unavailable'],
    [[401, 'Who are you?', {'Content-Type': 'text/plain'}], 'internal'],
  ]) {
    world.on('POST users/refresh/', answer);
    await assert.rejects(world.parlor.call('GET', 'users/me/'), {code});
    assert.deepEqual(world.store.kept, TOKENS);
  }
});

test('a renewal is given up after 10 seconds', async () => {
  const world = withOldToken();
  world.on('POST users/refresh/', ({signal}) => new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  }));
  const call = assert.rejects(world.parlor.call('GET', 'users/me/'), {code: 'unreachable'});
  await world.pass(9_999);
  assert.equal(world.timers, 1);
  await world.pass(1);
  await call;
  assert.deepEqual(world.store.kept, TOKENS);
});

test('without tokens there is nothing to renew', async () => {
  const world = withOldToken();
  world.on('GET users/me/', () => {
    world.store.kept = null;
    return NOT_VALID;
  });
  await assert.rejects(world.parlor.call('GET', 'users/me/'), {code: 'not_authenticated', status: 401});
  assert.deepEqual(world.calls(), ['GET users/me/']);
});

test('who logs out or in during a renewal has the last word', async () => {
  for (const answer of [[200, NEW_TOKENS], NOT_VALID]) {
    const world = withOldToken();
    const others = {access: 'access-9', refresh: 'refresh-9'};
    world.on('GET users/me/', ({headers}) => headers.Authorization === 'Bearer access-9' ? [200, ACCOUNT] : NOT_VALID);
    world.on('POST users/refresh/', () => {
      world.store.kept = others;
      return answer;
    });
    assert.deepEqual(await world.parlor.call('GET', 'users/me/'), ACCOUNT);
    assert.equal(world.store.kept, others);
    world.store.kept = TOKENS;
    world.on('POST users/refresh/', () => {
      world.store.kept = null;
      return answer;
    });
    await assert.rejects(world.parlor.call('GET', 'users/me/'), {code: 'not_authenticated'});
    assert.equal(world.store.kept, null);
  }
});
