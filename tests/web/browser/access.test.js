// For everybody: no serious violation that axe-core finds, on any page, narrow and wide, light and dark; and all of it with
// the keyboard alone.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';

import {PASSWORD, packages, stage} from '../harness.js';
import {chatRow, compose, message, openChat} from '../page.js';

const axe = readFileSync(packages.resolve('axe-core/axe.min.js'), 'utf8');
const on = stage();

/** What axe-core says of the page as it is. It is put there from outside: the page's own policy lets no script in. */
async function violations(page) {
  await page.evaluate(axe);
  const {violations: found} = await page.evaluate(() => window.axe.run(document, {resultTypes: ['violations']}));
  return found.filter(({impact}) => ['serious', 'critical'].includes(impact))
    .map(({id, nodes}) => `${id}: ${nodes.map(({html, failureSummary}) => `${html} ${failureSummary}`).join(' | ')}`);
}

for (const colorScheme of ['light', 'dark']) {
  for (const width of [1180, 390]) {
    test(`axe-core has nothing serious to say: ${colorScheme}, ${width} pixels wide`, async () => {
      const name = `${colorScheme}${width}`;
      const [mabel, zoe] = [await on.server.person(`mabel${name}`), await on.server.person(`zoe${name}`)];
      const uri = await mabel.group('Book club', [zoe]);
      const {seq} = await zoe.say(uri, 'What do we read? https://example.org/');
      await mabel.say(uri, 'Something short', {reply_to: seq});
      await zoe.say(uri, '👍');
      await mabel.call('PUT', `chats/${uri}/messages/${seq}/reactions/${encodeURIComponent('🎉')}/`);
      const look = {colorScheme, viewport: {width, height: 780}};
      const outside = await on.browser.window(on.server, look);
      await outside.getByLabel('Email').waitFor();
      assert.deepEqual(await violations(outside), [], 'signing up');
      const page = await on.browser.window(on.server, {...look, person: mabel});
      await chatRow(page, 'Book club').waitFor();
      assert.deepEqual(await violations(page), [], 'the list');
      await openChat(page, 'Book club');
      await message(page, '👍').waitFor();
      await message(page, 'What do we read').locator('.bubble').hover();
      assert.deepEqual(await violations(page), [], 'a chat');
      await page.getByRole('toolbar').getByRole('button', {name: 'React'}).click();
      assert.deepEqual(await violations(page), [], 'picking an emoji');
      await page.keyboard.press('Escape');
      await page.getByRole('button', {name: 'About this chat'}).click();
      await page.getByText('2 members').last().waitFor();
      assert.deepEqual(await violations(page), [], 'the members');
      await page.keyboard.press('Escape');
      if (width < 720) await page.getByRole('button', {name: 'Back to the list'}).click();
      await page.getByRole('button', {name: 'New chat'}).first().click();
      await page.getByRole('tab', {name: 'Group'}).click();
      assert.deepEqual(await violations(page), [], 'a new group');
      await page.keyboard.press('Escape');
      await page.getByLabel('Search chats and messages').fill('read');
      await page.locator('.found mark').first().waitFor();
      assert.deepEqual(await violations(page), [], 'searching');
      await page.getByRole('button', {name: /Your account/}).click();
      assert.deepEqual(await violations(page), [], 'the account');
    });
  }
}

test('the keyboard alone does it all', async () => {
  const [nina, otto] = [await on.server.person('nina'), await on.server.person('otto')];
  const uri = await nina.direct(otto);
  await otto.say(uri, 'first');
  await otto.say(uri, 'second');
  const page = await on.browser.window(on.server);
  await page.getByRole('button', {name: 'Sign in'}).focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.name === 'email');
  await page.keyboard.type(nina.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await chatRow(page, 'otto').waitFor();
  await page.keyboard.press('Alt+ArrowDown');
  await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA');
  await page.keyboard.type('third');
  await page.keyboard.press('Enter');
  await message(page, 'third').and(page.locator(':not(.outgoing)')).waitFor();
  // The last one of one's own is changed by the arrow up.
  await page.keyboard.press('ArrowUp');
  assert.equal(await compose(page).inputValue(), 'third');
  await page.keyboard.press('Escape');
  assert.equal(await compose(page).inputValue(), '');
  // Back into the messages, up to the first, answered by its key.
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  assert.match(await page.evaluate(() => document.activeElement.textContent), /first/);
  await page.keyboard.press('r');
  await page.getByText('Replying to otto').waitFor();
  await page.keyboard.type('to the first');
  await page.keyboard.press('Enter');
  await message(page, 'to the first').locator('.quote', {hasText: 'first'}).waitFor();
  // A dialog takes the focus, keeps it and gives it back.
  await page.getByRole('button', {name: 'About this chat'}).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  for (let at = 0; at < 8; at += 1) {
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog') !== null));
  }
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'About this chat');
  on.clean();
});
