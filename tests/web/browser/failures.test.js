// The server dies while two people write, and nothing is lost or repeated on either screen.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {stage} from '../harness.js';
import {chatRow, compose, message, openChat, send, texts} from '../page.js';

const on = stage();
/** A browser tells of each connection that fails, and of nothing else. */
const expected = text => /ERR_CONNECTION_|WebSocket connection to|Failed to load resource: net::|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE/.test(text);

test('the server is killed while both type, and nothing is lost or repeated', async () => {
  const [mabel, zoe] = [await on.server.person('mabel'), await on.server.person('zoe')];
  const uri = await mabel.direct(zoe);
  const [one, other] = [await on.browser.window(on.server, {person: mabel, expected}), await on.browser.window(on.server, {person: zoe, expected})];
  await openChat(one, 'zoe');
  await openChat(other, 'mabel');
  const sent = {mabel: [], zoe: []};
  let writes = true;
  const write = async (page, name) => {
    for (let at = 0; writes || at < 30; at += 1) {
      const text = `${name} ${at}`;
      sent[name].push(text);
      await send(page, text);
    }
  };
  const both = [write(one, 'mabel'), write(other, 'zoe')];
  for (let crash = 0; crash < 3; crash += 1) {
    const enough = sent.mabel.length + 6;
    while (sent.mabel.length < enough || sent.zoe.length < enough) await one.waitForTimeout(10);
    await on.server.kill();
    const more = sent.zoe.length + 3;
    // Both write on while nobody is there.
    while (sent.zoe.length < more) await one.waitForTimeout(10);
    await on.server.run();
  }
  writes = false;
  await Promise.all(both);
  const all = [...sent.mabel, ...sent.zoe].sort();
  const settled = async page => {
    await page.waitForFunction(count => document.querySelectorAll('article:not(.outgoing)').length >= count && !document.querySelector('.outgoing'), all.length, {timeout: 60e3});
    return texts(page);
  };
  const [shown, shownThere] = [await settled(one), await settled(other)];
  assert.deepEqual([...shown].sort(), all, 'each once');
  assert.deepEqual(shownThere, shown, 'in one order');
  for (const name of ['mabel', 'zoe']) assert.deepEqual(shown.filter(text => text.startsWith(name)), sent[name], 'and each one\'s own in the order of writing');
  const stored = await mabel.messages(uri);
  assert.deepEqual(stored.map(({message: text}) => text), shown, 'as it is stored');
  on.clean();
});

test('without a server the page says so calmly, keeps what is written, and sends it later, after a reload too', async () => {
  const [nina, otto] = [await on.server.person('nina'), await on.server.person('otto')];
  const uri = await nina.direct(otto);
  await otto.say(uri, 'before');
  const page = await on.browser.window(on.server, {person: nina, expected});
  await openChat(page, 'otto');
  await message(page, 'before').waitFor();
  await on.server.kill();
  await page.getByText('Reconnecting…').waitFor();
  await send(page, 'written in the dark');
  await message(page, 'written in the dark').and(page.locator('.outgoing')).waitFor();
  // The page is closed before the server is back.
  await page.goto('about:blank');
  await on.server.run();
  await page.goto(`${on.server.url}/`);
  await openChat(page, 'otto');
  await message(page, 'written in the dark').and(page.locator(':not(.outgoing)')).waitFor();
  assert.deepEqual(await texts(page), ['before', 'written in the dark']);
  assert.deepEqual((await otto.messages(uri)).map(({message: text}) => text), ['before', 'written in the dark']);
  await page.getByText('Reconnecting…').waitFor({state: 'detached'}).catch(() => {});
  assert.equal(await page.getByText('Reconnecting…').isVisible(), false);
});

test('what the server refuses is shown as not sent, and can be given up', async () => {
  const [paul, rosa] = [await on.server.person('paul'), await on.server.person('rosa')];
  await paul.direct(rosa);
  const page = await on.browser.window(on.server, {person: paul});
  await openChat(page, 'rosa');
  await rosa.call('PUT', `users/me/blocks/${paul.id}/`);
  await send(page, 'are you there?');
  await page.getByRole('alert').getByRole('button', {name: 'Discard'}).waitFor();
  await rosa.call('DELETE', `users/me/blocks/${paul.id}/`);
  await page.getByRole('button', {name: 'Send again'}).click();
  await message(page, 'are you there?').and(page.locator(':not(.outgoing)')).waitFor();
  assert.deepEqual(await texts(page), ['are you there?']);
});

test('a list of chats that cannot be read at first comes later', async () => {
  const [uma, vito] = [await on.server.person('uma'), await on.server.person('vito')];
  await uma.direct(vito);
  const page = await on.browser.window(on.server, {person: uma, expected: text => text.includes('503')});
  await chatRow(page, 'vito').waitFor();
  let asked = 0;
  await page.route('**/api/v1/chats/?limit=200', route => {
    asked += 1;
    if (asked > 2) return route.continue();
    const body = JSON.stringify({detail: 'Try again.', code: 'busy', status: 503, title: 'Service Unavailable', request_id: 'r'});
    return route.fulfill({status: 503, contentType: 'application/problem+json', headers: {'Retry-After': '1'}, body});
  });
  await page.reload();
  await chatRow(page, 'vito').waitFor();
  assert.equal(asked, 3);
});

test('whoever is removed while looking is led out, and whoever is signed out signs in again', async () => {
  const [sara, timo] = [await on.server.person('sara'), await on.server.person('timo')];
  const uri = await sara.group('Club', [timo]);
  const page = await on.browser.window(on.server, {person: timo, expected: text => text.includes('401')});
  await openChat(page, 'Club');
  await sara.call('DELETE', `chats/${uri}/members/${timo.id}/`);
  await page.getByText('You are not in that chat any more.').waitFor();
  assert.equal(await chatRow(page, 'Club').count(), 0);
  await timo.call('POST', 'users/logout/');
  await page.getByText('Please sign in again.').waitFor();
  assert.equal(await compose(page).count(), 0);
});
