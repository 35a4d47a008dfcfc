// Beginning chats: with a person, with several, or by a link.

import {avatar, button, complain, h, toast} from './dom.js';
import {ask, dialog} from './dialog.js';
import {field} from './sign-in.js';

/** A field that finds people by the beginning of their names; `pick` gets a card `{id, username, display_name}`. */
export function finder(session, label, pick, isOut = () => false) {
  const list = h('ul', {class: 'people', 'aria-label': 'People'});
  const {element, input} = field(label, 'person', {type: 'search', placeholder: 'Begin to type a name'});
  let asked = 0;
  async function load() {
    const number = ++asked;
    const cards = await session.call('GET', `users/?limit=20&search=${encodeURIComponent(input.value.trim())}`).catch(complain);
    if (number !== asked || !cards) return;
    const others = cards.filter(card => card.id !== session.me && !isOut(card));
    list.replaceChildren(...others.map(card => h('li', {}, button([avatar(card.username, card.id, session.chats.online.has(card.id)),
      h('span', {class: 'person-names'}, h('span', {}, card.username), card.display_name && h('span', {class: 'help'}, card.display_name))],
    () => pick(card), 'person'))));
    if (others.length === 0) list.append(h('li', {class: 'none'}, input.value ? 'Nobody of that name.' : 'Nobody else is here yet.'));
  }
  const whole = h('div', {class: 'finder', onkeydown: event => {
    const all = [input, ...list.querySelectorAll('button')], step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (step) { event.preventDefault(); all[all.indexOf(document.activeElement) + step]?.focus(); }
    if (event.key === 'Enter' && event.target === input) { event.preventDefault(); all[1]?.click(); }
  }}, element, list);
  input.addEventListener('input', load);
  load();
  return {element: whole, input, load};
}

export async function newChatDialog(session, open) {
  const link = await dialog('New chat', close => {
    const place = h('div', {});
    const kinds = {Person: person, Group: group, Link: byLink};
    const tabs = h('div', {class: 'tabs', role: 'tablist', 'aria-label': 'Kind of chat', onkeydown: event => {
      const all = [...tabs.children], step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
      if (step) { const next = all[all.indexOf(event.target) + step]; next?.click(); next?.focus(); }
    }}, Object.keys(kinds).map(name => h('button', {class: 'tab', type: 'button', role: 'tab', onclick: () => show(name)}, name)));
    const show = name => {
      for (const tab of tabs.children) {
        const isIt = tab.textContent === name;
        tab.setAttribute('aria-selected', isIt);
        tab.tabIndex = isIt ? 0 : -1;
      }
      place.replaceChildren(kinds[name](session, close));
    };
    show('Person');
    setTimeout(() => place.querySelector('input').focus());
    return [tabs, place];
  });
  if (link?.startsWith('#')) location.hash = link; else if (link) open(link);
}

const person = (session, close) => finder(session, 'Who do you want to write to?',
  async card => close(await make(session, {username: card.username}))).element;

function group(session, close) {
  const picked = new Map();
  const chips = h('div', {class: 'chips', role: 'group', 'aria-label': 'Picked people'});
  const title = field('Name', 'title', {maxLength: 255, placeholder: 'Book club'});
  const joinable = h('input', {type: 'checkbox', checked: true});
  const find = finder(session, 'People', card => {
    picked.set(card.id, card.username);
    find.input.value = '';
    render();
    find.input.focus();
  }, card => picked.has(card.id));
  function render() {
    chips.replaceChildren(...[...picked].map(([id, name]) =>
      h('button', {class: 'chip', type: 'button', 'aria-label': `Leave out ${name}`, onclick: () => { picked.delete(id); render(); }}, name, ' ×')));
    find.load();
  }
  return h('div', {class: 'form'}, title.element, chips, find.element,
    h('label', {class: 'choice'}, joinable, 'Whoever has the link can join'),
    button('Make the group', async () => close(await make(session,
      {title: title.input.value.trim() || null, usernames: [...picked.values()], joinable: joinable.checked})), 'wide'));
}

function byLink(session, close) {
  const link = field('Link', 'link', {placeholder: 'Paste the link that you were sent'});
  return h('div', {class: 'form'}, link.element, button('Join', () => {
    const hash = link.input.value.trim().match(/#\/(?:join|invite|chat)\/[\w-]+$/)?.[0];
    if (hash) close(hash.replace('/chat/', '/join/')); else link.complain('This is no link to a chat.');
  }, 'wide'));
}

async function make(session, body) {
  const {uri} = await session.call('POST', 'chats/', body);
  await session.chats.refresh(uri);
  return uri;
}

/** Somebody came by a link: `#/join/<uri>` or `#/invite/<code>`. */
export async function askToJoin(session, kind, name, open) {
  if (session.chats.all.has(name)) return open(name);
  if (!await ask('Join this chat?', 'You followed a link to a chat. Its members will see that you joined.', 'Join', '')) return;
  try {
    const {uri} = await (kind === 'invite' ? session.call('POST', `invites/${name}/`) : session.call('PATCH', `chats/${name}/`));
    await session.chats.refresh(uri);
    open(uri);
  } catch (error) {
    if (error.status === 404) toast('This link leads to no chat that you can join. It may be used up.'); else complain(error);
  }
}
