// `node screenshots.js FOLDER [STATE]`: what the web client looks like, one picture of each state, wide and narrow, light and
// dark. Run by `make screenshots`.

import {mkdirSync} from 'node:fs';
import {join} from 'node:path';

import {Browser, Server} from './harness.js';
import {chatRow, compose, message, openChat} from './page.js';

const [folder = 'screenshots', only = ''] = process.argv.slice(2);
mkdirSync(folder, {recursive: true});

const server = await Server.start();
const browser = await Browser.open();
const people = {};
for (const name of ['Mabel', 'Zoë', 'Ines', 'Otto', 'Kofi', 'Ольга', 'Lena']) people[name] = await server.person(name);
const me = people.Mabel;
await fill();

/** A few chats as people have them. */
async function fill() {
  const {Mabel, Zoë, Ines, Otto, Kofi} = people;
  const olga = people['Ольга'];
  const club = await Mabel.group('Book club', [Zoë, Ines, Otto, Kofi, olga]);
  const trip = await Otto.group('Lake house, May', [Mabel, Ines, Kofi]);
  const repairs = await Kofi.group('Bike repairs', [Mabel, Otto]);
  const direct = {zoe: await Mabel.direct(Zoë), ines: await Ines.direct(Mabel), olga: await olga.direct(Mabel)};
  await Kofi.say(repairs, 'The red one needs a new chain.');
  await Mabel.say(repairs, 'I have a spare one. Bring it over on Saturday?');
  await olga.say(direct.olga, 'Завтра в десять?');
  await Mabel.say(direct.olga, 'Да, до завтра!');
  await Otto.say(trip, 'Train leaves at 8:12, platform 4.');
  await Ines.say(trip, 'I bring the coffee ☕');
  await Otto.say(trip, 'And who brings the boat?');
  await Mabel.say(direct.zoe, 'Did the parcel arrive?');
  await Zoë.say(direct.zoe, 'This morning! Thank you 💛');
  await Zoë.say(club, 'Has everybody finished part one?');
  await Ines.say(club, 'Nearly. Forty pages left, and I do not want it to end.');
  const {seq: question} = await Zoë.say(club, 'What do we read after this one?');
  const {seq: idea} = await Otto.say(club, 'Something short, please. I am still dreaming of the whale.');
  await Mabel.say(club, 'There is a new translation of “The Waves”. The first chapter is here: https://example.org/waves', {reply_to: question});
  await Mabel.say(club, 'Two hundred pages. Short enough, Otto?');
  const {seq: yes} = await Otto.say(club, 'Sold.');
  await Kofi.say(club, '🎉');
  await Ines.say(club, 'Then Thursday at my place, half past seven. I make the soup, you bring the bread.');
  const {seq: last} = await Mabel.say(club, 'I will be there, with bread and opinions.');
  const react = (person, seq, emoji) => person.call('PUT', `chats/${club}/messages/${seq}/reactions/${encodeURIComponent(emoji)}/`);
  for (const person of [Zoë, Ines, Kofi]) await react(person, idea, '😂');
  for (const person of [Mabel, Zoë]) await react(person, yes, '👍');
  await react(Ines, last, '❤️');
  await Ines.say(direct.ines, 'Can you send me the address again?');
  await Ines.say(direct.ines, 'I lost the note…');
  return {club, trip, ...direct};
}

const states = {
  async 'sign-up'(open) {
    const page = await open(null);
    await page.getByLabel('Email').fill('mabel@example.com');
    await page.getByLabel('User name').fill('Mabel');
    return page;
  },
  async empty(open) {
    const page = await open(people.Lena);
    await page.getByText('You have no chats yet').or(page.getByText('No chats yet.')).first().waitFor();
    return page;
  },
  async list(open) {
    const page = await open(me);
    await chatRow(page, 'Book club').waitFor();
    return page;
  },
  async chat(open) {
    const page = await open(me);
    // Others are here, and one of them types.
    const other = await open(people.Zoë);
    await openChat(other, 'Book club');
    await openChat(page, 'Book club');
    await message(page, 'bread and opinions').waitFor();
    await compose(other).pressSequentially('Perf');
    await page.getByText('Zoë is typing…').waitFor();
    if (page.viewportSize().width > 720) await message(page, 'Something short').locator('.bubble').hover();
    return page;
  },
  async members(open) {
    const page = await open(me);
    await openChat(page, 'Book club');
    await page.getByRole('button', {name: 'About this chat'}).click();
    await page.getByText('6 members').last().waitFor();
    return page;
  },
  async search(open) {
    const page = await open(me);
    await chatRow(page, 'Book club').waitFor();
    await page.getByLabel('Search chats and messages').fill('bo');
    await page.locator('.found mark').first().waitFor();
    return page;
  },
  async 'new-group'(open) {
    const page = await open(me);
    await chatRow(page, 'Book club').waitFor();
    await page.getByRole('button', {name: 'New chat'}).first().click();
    await page.getByRole('tab', {name: 'Group'}).click();
    await page.getByLabel('Name').fill('Chess on Sundays');
    await page.getByRole('dialog').getByRole('button', {name: 'Kofi'}).click();
    await page.getByRole('button', {name: 'Leave out Kofi'}).waitFor();
    return page;
  },
  async reconnecting(open) {
    const page = await open(me);
    await openChat(page, 'Book club');
    await message(page, 'bread and opinions').waitFor();
    await server.kill();
    await page.getByText('Reconnecting…').waitFor();
    await compose(page).fill('Does somebody bring butter?');
    await compose(page).press('Enter');
    await message(page, 'butter').waitFor();
    return page;
  },
};

for (const [name, take] of Object.entries(states).filter(([name]) => name.includes(only))) {
  for (const colorScheme of ['light', 'dark']) {
    for (const [form, viewport] of [['desktop', {width: 1180, height: 760}], ['phone', {width: 390, height: 780}]]) {
      const opened = [];
      const page = await take(async person => {
        const page = await browser.window(server, {person, colorScheme, viewport, expected: () => true, deviceScaleFactor: 1.5});
        opened.push(page);
        return page;
      });
      // What comes with a moment of its own, a spinner or a bar, is at rest.
      await page.waitForTimeout(500);
      await page.screenshot({path: join(folder, `${name}-${form}-${colorScheme}.png`)});
      for (const page of opened) await page.context().close();
      if (name === 'reconnecting') await server.run();
    }
  }
}
await browser.close();
await server.stop();
