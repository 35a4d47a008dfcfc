// What searching finds: chats by name, and messages by their words.

import {avatar, h} from './dom.js';
import {otherOf, titleOf, when} from './format.js';

/** How much of a long message is shown before what was found, in characters. */
const BEFORE = 40;
const SHOWN = 160;

export function searchResults(session, words, {open, jump, isCurrent}) {
  const wanted = words.toLocaleLowerCase();
  const chats = session.chats.listed.filter(chat => titleOf(chat, session.me).toLocaleLowerCase().includes(wanted)).slice(0, 5);
  const messages = h('div', {class: 'found-messages', 'aria-busy': 'true'}, h('p', {class: 'none'}, 'Searching…'));
  const result = h('div', {},
    chats.length > 0 && h('h2', {class: 'section'}, 'Chats'),
    chats.map(chat => h('button', {class: 'chat-row', onclick: () => open(chat.uri)},
      avatar(titleOf(chat, session.me), otherOf(chat, session.me)?.id ?? chat.uri),
      h('span', {class: 'chat-text'}, h('span', {class: 'chat-title'}, titleOf(chat, session.me))))),
    h('h2', {class: 'section'}, 'Messages'), messages);
  load(`search/?limit=30&q=${encodeURIComponent(words)}`, true);
  return result;

  async function load(path, first) {
    let page;
    try {
      page = await findPage(path);
    } catch (error) {
      // Without a letter or digit there is nothing to look for.
      if (isCurrent()) messages.replaceChildren(h('p', {class: 'none'}, error.code === 'invalid' ? 'Type a word.' : error.message));
      return;
    } finally {
      messages.removeAttribute('aria-busy');
    }
    if (!isCurrent()) return;
    if (first) messages.replaceChildren();
    messages.append(...page.items.map(found => row(found)));
    if (first && page.items.length === 0) messages.append(h('p', {class: 'none', role: 'status'}, 'Nothing found.'));
    if (page.next) {
      const more = h('button', {class: 'button text', onclick: () => { more.remove(); load(page.next, false); }}, 'More');
      messages.append(more);
    }
  }

  /** The index may still be catching up with what was written: it says so, and gets further by being asked. */
  async function findPage(path) {
    for (let tries = 0; ; tries += 1) {
      try {
        return await session.page(path);
      } catch (error) {
        if (error.code !== 'busy' || tries === 5 || !isCurrent()) throw error;
        await new Promise(resolve => { setTimeout(resolve, 300); });
      }
    }
  }

  function row(found) {
    const chat = session.chats.all.get(found.uri);
    const title = chat ? titleOf(chat, session.me) : 'Chat';
    return h('button', {class: 'chat-row', onclick: () => jump(found.uri, found.seq)},
      avatar(found.user.username, found.user.id),
      h('span', {class: 'chat-text'},
        h('span', {class: 'chat-line'}, h('span', {class: 'chat-title'}, found.user.username),
          h('time', {class: 'chat-time'}, when(found.created_at))),
        h('span', {class: 'found-in'}, title),
        h('span', {class: 'found-text'}, marked(found))));
  }
}

/** The text around the first match, with all matches marked. Places are counted in code points. */
function marked({message, matches}) {
  const letters = Array.from(message);
  const from = Math.max(0, (matches[0]?.[0] ?? 0) - BEFORE), to = from + SHOWN;
  const parts = [];
  let at = from;
  for (const [start, length] of matches) {
    if (start < at || start + length > to) continue;
    parts.push(letters.slice(at, start).join(''), h('mark', {}, letters.slice(start, start + length).join('')));
    at = start + length;
  }
  parts.push(letters.slice(at, to).join(''));
  return [from > 0 && '…', ...parts, to < letters.length && '…'];
}
