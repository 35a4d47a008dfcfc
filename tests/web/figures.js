// `node figures.js URL LARGE SMALL`: how long the page takes to its first paint, and to open either of two chats of Mabel's.
// Prints JSON, in milliseconds and bytes. Run by `make bench`.

import {Browser, PASSWORD} from './harness.js';

const PAIRS = 7;
const [url, large, small] = process.argv.slice(2);
const answer = await fetch(`${url}/api/v1/users/login/`, {
  method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({email: 'mabel@example.com', password: PASSWORD}),
});
const person = await answer.json();
const browser = await Browser.open();
const figures = {paint: [], list: [], large: [], small: [], bytes: 0};

for (let pair = 0; pair < PAIRS; pair += 1) {
  for (const name of ['large', 'small']) {
    const page = await browser.window({url}, {person});
    await page.locator('.chat-row').first().waitFor();
    const {paint, list, bytes} = await page.evaluate(() => ({
      paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
      list: performance.now(),
      bytes: performance.getEntriesByType('resource').filter(({name}) => !name.includes('/api/')).reduce((sum, {decodedBodySize}) => sum + decodedBodySize, 0),
    }));
    figures.paint.push(paint);
    figures.list.push(list);
    figures.bytes = bytes;
    figures[name].push(await page.evaluate(uri => new Promise(resolve => {
      const begun = performance.now();
      new MutationObserver((_, observer) => {
        if (!document.querySelector('article')) return;
        observer.disconnect();
        requestAnimationFrame(() => resolve(performance.now() - begun));
      }).observe(document.body, {childList: true, subtree: true});
      location.hash = `#/chat/${uri}`;
    }), name === 'large' ? large : small));
    await page.context().close();
  }
}
await browser.close();
const median = values => values.sort((one, other) => one - other)[Math.floor(values.length / 2)];
console.log(JSON.stringify(Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Array.isArray(value) ? median(value) : value]))));
