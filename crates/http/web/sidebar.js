// The list of chats, what one finds by searching, and where a new chat begins.

import {accountDialog} from './details.js';
import {avatar, h, iconButton} from './dom.js';
import {otherOf, titleOf, when} from './format.js';
import {newChatDialog} from './people.js';
import {searchResults} from './search.js';

/** How long one stops typing before it is searched, in milliseconds. */
const PAUSE = 180;

export function sidebar(session, {open, jump, signOut}) {
  const {chats, me} = session;
  const search = h('input', {class: 'input search-input', type: 'search', placeholder: 'Search chats and messages', 'aria-label': 'Search chats and messages',
    autocomplete: 'off', maxLength: 200, oninput: onSearch, onkeydown: event => event.key === 'Escape' && clear()});
  const list = h('ul', {class: 'chat-list', 'aria-label': 'Chats'});
  const found = h('div', {class: 'found', role: 'region', 'aria-label': 'Search results', hidden: true});
  const startChat = () => newChatDialog(session, open);
  const rows = new Map();
  let selected = null, frame = 0, asked = 0;
  const element = h('div', {class: 'sidebar', onkeydown: onKey},
    h('header', {class: 'side-head'},
      h('button', {class: 'me', title: 'Your account', onclick: () => accountDialog(session, signOut)},
        avatar(session.account.username, me), h('span', {class: 'unseen'}, 'Your account, '), h('span', {class: 'me-name'}, session.account.username)),
      iconButton('compose', 'New chat', startChat)),
    h('div', {class: 'search-box', role: 'search'}, search), found, list);
  session.addEventListener('chats', schedule);
  session.addEventListener('signal', schedule);
  // Who stopped typing without a word is found by looking again, and so is midnight.
  setInterval(schedule, 5000);
  render();
  return {
    element, startChat,
    select(uri) { selected = uri; render(); },
    focusSearch: () => search.select(),
    /** To the next chat of the list, or the one before. */
    step(by) {
      const {listed} = chats;
      const next = listed[Math.max(0, listed.findIndex(({uri}) => uri === selected) + by)];
      if (next) open(next.uri);
    },
  };

  function schedule() {
    frame ||= requestAnimationFrame(() => { frame = 0; render(); });
  }

  function render() {
    if (!chats.loaded) return list.replaceChildren(...[1, 2, 3, 4, 5].map(() => h('li', {class: 'skeleton'})));
    const wanted = chats.listed.map(row);
    for (const uri of rows.keys()) if (!chats.all.has(uri)) rows.delete(uri);
    if (wanted.length === 0) wanted.push(h('li', {class: 'none'}, 'No chats yet.'));
    // Only what moved is moved: a row with the focus keeps it.
    wanted.forEach((item, at) => list.children[at] === item || list.insertBefore(item, list.children[at]));
    while (list.children.length > wanted.length) list.lastChild.remove();
  }

  /** The row of a chat; made anew only if it shows something else than before. */
  function row(chat) {
    const {uri, unread, last_message: last} = chat;
    const title = titleOf(chat, me), other = otherOf(chat, me);
    const online = chats.online.has(other?.id), typing = chats.typing(uri, Date.now()).length > 0;
    const snippet = typing ? 'typing…' : snippetOf(chat, me), time = when(last?.created_at ?? chat.created_at);
    const shown = [title, online, uri === selected, snippet, time, unread].join('\n');
    const known = rows.get(uri);
    if (known?.shown === shown) return known.item;
    const link = h('a', {class: 'chat-row', href: `#/chat/${uri}`, 'aria-current': uri === selected && 'true'},
      avatar(title, other?.id ?? uri, online),
      h('span', {class: 'chat-text'},
        h('span', {class: 'chat-line'}, h('span', {class: 'chat-title'}, title), h('time', {class: 'chat-time'}, time)),
        h('span', {class: 'chat-line'}, h('span', {class: typing ? 'snippet typing' : 'snippet'}, snippet),
          unread > 0 && h('span', {class: 'badge'}, unread >= 1000 ? '999+' : unread, h('span', {class: 'unseen'}, ' unread')))),
      online && h('span', {class: 'unseen'}, 'online'));
    const item = known?.item ?? h('li', {});
    const focused = item.contains(document.activeElement);
    item.replaceChildren(link);
    if (focused) link.focus();
    rows.set(uri, {shown, item});
    return item;
  }

  /** Arrows lead from the search through the list. */
  function onKey(event) {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (!step || event.altKey) return;
    const all = [search, ...(found.hidden ? list : found).querySelectorAll('a, button')];
    const next = all[all.indexOf(event.target) + step];
    if (next) { event.preventDefault(); next.focus(); }
  }

  function clear() {
    search.value = '';
    onSearch();
  }

  async function onSearch() {
    const words = search.value.trim(), number = ++asked;
    found.hidden = words === '';
    list.hidden = words !== '';
    found.replaceChildren();
    await new Promise(resolve => { setTimeout(resolve, PAUSE); });
    if (number === asked && words) {
      found.replaceChildren(searchResults(session, words, {open: uri => { clear(); open(uri); }, jump, isCurrent: () => number === asked}));
    }
  }
}

function snippetOf({last_message: last, kind}, me) {
  if (!last) return kind === 'group' ? 'No messages yet' : 'Say hello';
  const text = last.deleted ? 'message deleted' : last.message.replace(/\s+/gu, ' ').slice(0, 120);
  if (last.user.id === me) return `You: ${text}`;
  return kind === 'group' ? `${last.user.username}: ${text}` : text;
}
