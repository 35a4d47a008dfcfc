// docs/TUTORIAL.md and the tour of README.md, as they stand there.

import assert from 'node:assert/strict';
import {execFile, spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {after, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {promisify} from 'node:util';

import {PASSWORD, Server, stage} from '../harness.js';
import {chatRow, message, openChat, send} from '../page.js';

const read = name => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');
/** What stands in the blocks of a language. */
const blocks = (text, language) => [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code);
const tutorial = read('docs/TUTORIAL.md');

const on = stage();
const folder = mkdtempSync(join(tmpdir(), 'parlor-tutorial-'));
after(() => rmSync(folder, {recursive: true}));
const here = code => code.replaceAll('http://127.0.0.1:8000', on.server.url);
const shell = async code => (await promisify(execFile)('bash', ['-euc', `set -o pipefail\n${here(code)}`], {cwd: folder})).stdout;

test('the tutorial does what it says', async () => {
  const page = await on.browser.window(on.server);
  await page.getByLabel('Email').fill('mabel@example.com');
  await page.getByLabel('User name').fill('Mabel');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', {name: 'Create account'}).click();
  await page.getByText('Welcome, Mabel').waitFor();

  const [curl, ...more] = blocks(tutorial, 'sh');
  assert.deepEqual(more, []);
  const [, uri] = (await shell(curl)).match(/^The chat is ([0-9a-f]{32})$/m);
  await chatRow(page, 'Lobby').getByText('1 unread').waitFor();
  await openChat(page, 'Lobby');
  await message(page, 'Say `!echo` and something.').waitFor();

  const [html] = blocks(tutorial, 'html');
  assert.ok(html.trimEnd().split('\n').length <= 36, 'it is to stay short');
  writeFileSync(join(folder, 'lobby.html'), here(html));
  const own = await page.context().newPage();
  const [answers, failures] = [['mabel@example.com', PASSWORD], []];
  own.on('dialog', dialog => dialog.accept(answers.shift()));
  own.on('pageerror', error => failures.push(error.message));
  await own.goto(`${pathToFileURL(join(folder, 'lobby.html'))}#${uri}`);
  await own.getByText('Echo: Say `!echo` and something.').waitFor();
  await own.getByLabel('Message').fill('from a page of my own');
  await own.getByLabel('Message').press('Enter');
  await own.getByText('Mabel: from a page of my own').waitFor();
  await message(page, 'from a page of my own').waitFor();
  await send(page, 'and back');
  await own.getByText('Mabel: and back').waitFor();
  await on.server.kill();
  await own.getByLabel('Message').fill('in the dark');
  await own.getByLabel('Message').press('Enter');
  await on.server.run();
  await message(page, 'in the dark').waitFor();
  assert.equal(await own.getByText('Mabel: in the dark').count(), 1);
  assert.deepEqual(failures, []);

  const [command] = blocks(tutorial, 'console').filter(code => code.includes('--example bot'));
  const environment = Object.fromEntries([...command.matchAll(/(PARLOR_\w+)=(?:'([^']*)'|(\S+))/g)].map(([, name, quoted, plain]) => [name, here(quoted ?? plain)]));
  const bot = spawn('setpriv', ['--pdeathsig', 'KILL', '--', join(dirname(process.env.PARLOR_TEST_BINARY), 'examples/bot')], {
    env: {PATH: process.env.PATH, ...environment}, stdio: 'inherit',
  });
  try {
    // It answers what is said while it is here.
    await page.locator('.about', {hasText: 'online'}).waitFor();
    await send(page, '!echo hello');
    await own.getByText('Echo: hello').waitFor();
    await page.locator('article:not(.own) .text', {hasText: /^hello$/}).waitFor();
  } finally {
    bot.kill();
  }
});

test('the bot of the tutorial is the example, which has a test of its own', () => {
  assert.deepEqual(blocks(tutorial, 'rust'), [read('crates/client/examples/bot.rs')]);
  assert.ok(read('crates/client/examples/bot.rs').split('\n').length <= 41);
});

test('the tour of the README works as it stands', async () => {
  const [tour] = blocks(read('README.md').split('<!-- tour -->')[1], 'sh');
  // A database of its own: the names are taken in the other one.
  const other = await Server.start();
  try {
    const code = `${tour.replaceAll('http://127.0.0.1:8000', other.url)}\necho "CHAT=$CHAT GROUP=$GROUP TOKEN=$ZOE"`;
    const said = await shell(code);
    const [, chat, group, access] = said.match(/CHAT=([0-9a-f]{32}) GROUP=([0-9a-f]{32}) TOKEN=(\S+)$/m);
    const texts = async uri => (await other.call('GET', `chats/${uri}/messages/`, undefined, {access})).map(({message: text}) => text);
    assert.deepEqual([await texts(chat), await texts(group)], [['Hello, Zoë!'], ['What do we read?']]);
  } finally {
    await other.stop();
  }
});
