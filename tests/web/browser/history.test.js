// A long chat: scrolling back through all of it never jumps, and opening it costs what a short one does.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {stage} from '../harness.js';
import {message, openChat, texts} from '../page.js';

const COUNT = 10_000;
const on = stage();

async function fill(person, uri, count) {
  for (let at = 0; at < count; at += 100) {
    const page = Array.from({length: Math.min(100, count - at)}, (_, more) => at + more);
    // Several lines now and then: rows of many heights.
    await Promise.all(page.map(number => person.say(uri, `number ${number}${'\nand a further line'.repeat(number % 7 === 0 ? number % 4 : 0)}`)));
  }
}

test('10,000 messages scroll back without a jump, and each is met once', async () => {
  const [mabel, zoe] = [await on.server.person('mabel'), await on.server.person('zoe')];
  const uri = await mabel.direct(zoe);
  await fill(mabel, uri, COUNT);
  const stored = [];
  for (let before = ''; ;) {
    const page = await zoe.messages(uri, `?limit=1000${before}`);
    if (page.length === 0) break;
    stored.unshift(...page);
    before = `&before=${page[0].seq}`;
  }
  assert.equal(stored.length, COUNT);
  await zoe.call('PUT', `chats/${uri}/read/`, {seq: stored.at(-1).seq});
  const page = await on.browser.window(on.server, {person: zoe});
  await openChat(page, 'mabel');
  await page.waitForFunction(() => document.querySelectorAll('article').length > 20);
  // In the page: scroll up bit by bit. In each frame a row that was there before may have moved by what was scrolled, no more.
  const {met, jumps, rows} = await page.evaluate(async () => {
    const log = document.querySelector('.log');
    const frame = () => new Promise(resolve => { requestAnimationFrame(resolve); });
    const places = () => new Map([...document.querySelectorAll('article')].map(row => [row.dataset.seq, row.getBoundingClientRect().top]));
    const met = new Set(), jumps = [];
    let known = places(), rows = 0;
    for (let idle = 0; idle < 200;) {
      const top = log.scrollTop;
      const by = Math.min(600, top);
      log.scrollTop = top - by;
      const moved = top - log.scrollTop;
      await frame();
      await frame();
      const now = places();
      let shared = 0;
      for (const [seq, place] of now) {
        met.add(Number(seq));
        if (!known.has(seq)) continue;
        shared += 1;
        const jump = place - known.get(seq) - moved;
        if (Math.abs(jump) > 1.5) { jumps.push([seq, jump]); break; }
      }
      if (shared === 0) jumps.push(['all', 0]);
      known = now;
      rows = Math.max(rows, now.size);
      idle = moved === 0 ? idle + 1 : 0;
      if (moved === 0) await new Promise(resolve => { setTimeout(resolve, 20); });
      if (moved === 0 && !document.querySelector('.log-top .spinner')) break;
    }
    return {met: [...met], jumps, rows};
  });
  assert.deepEqual(jumps, []);
  assert.deepEqual(met.sort((a, b) => a - b), stored.map(({seq}) => seq), 'each message was on the screen');
  assert.ok(rows < 500, `${rows} rows are held`);
  assert.equal((await texts(page))[0].split('\n')[0], stored[0].message.split('\n')[0]);
  // And back to the end in one step.
  await page.getByRole('button', {name: 'Latest'}).click();
  await message(page, `number ${COUNT - 1}`).waitFor();
  on.clean();
});

test('opening a long chat asks for as much as opening a short one', async () => {
  const [nina, otto] = [await on.server.person('nina'), await on.server.person('otto')];
  const [short, long] = [await nina.group('short', [otto]), await nina.group('long', [otto])];
  await fill(nina, short, 100);
  await fill(nina, long, 3000);
  const cost = {};
  for (const [title, uri] of [['short', short], ['long', long]]) {
    const head = (await otto.call('GET', `chats/${uri}/`)).head;
    await otto.call('PUT', `chats/${uri}/read/`, {seq: head});
    const page = await on.browser.window(on.server, {person: otto});
    const asked = [];
    page.on('response', async answer => { if (answer.url().includes(uri)) asked.push((await answer.body().catch(() => '')).length); });
    await openChat(page, title);
    await message(page, 'number').waitFor();
    await page.waitForLoadState('networkidle');
    cost[title] = {calls: asked.length, rows: await page.locator('article').count()};
  }
  // The short one is read to its beginning by looking a little ahead; the long one goes no further than that.
  assert.ok(cost.long.calls <= cost.short.calls + 2 && cost.long.rows <= 200, JSON.stringify(cost));
});

test('a chat is opened where one stopped reading', async () => {
  const [paul, rosa] = [await on.server.person('paul'), await on.server.person('rosa')];
  const uri = await paul.direct(rosa);
  await fill(paul, uri, 300);
  const first = await rosa.messages(uri, '?after=1&limit=101');
  const [last, next] = first.slice(-2);
  await rosa.call('PUT', `chats/${uri}/read/`, {seq: last.seq});
  const page = await on.browser.window(on.server, {person: rosa});
  await openChat(page, 'paul');
  await page.getByText('New', {exact: true}).waitFor();
  assert.equal(await page.locator('#new-messages + article .text').textContent(), next.message);
  assert.ok(await page.locator('#new-messages').isVisible());
  await page.getByRole('button', {name: 'Latest'}).click();
  await message(page, 'number 299').waitFor();
  await page.waitForFunction(() => !document.querySelector('.badge'));
});
