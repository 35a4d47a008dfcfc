// One open chat: who is in it, its messages, and where one writes.

import {composer} from './composer.js';
import {detailsDialog} from './details.js';
import {avatar, h, iconButton} from './dom.js';
import {count, names, otherOf, titleOf} from './format.js';
import {log} from './log.js';

export function conversation(session, uri, open) {
  const {chats, me} = session;
  const leave = new AbortController();
  const writing = composer(session, uri, {lastOwn() {
    const last = messages.lastOwn();
    if (last) writing.edit(last);
  }});
  const messages = log(session, uri, {reply: writing.reply, edit: writing.edit, write: writing.focus});
  const face = h('span', {}), head = h('div', {class: 'chat-head-text'});
  const typing = h('div', {class: 'typing-line', 'aria-live': 'polite'});
  const element = h('section', {class: 'conversation', onkeydown: event => {
    if (event.key === 'Escape' && !event.defaultPrevented && !writing.cancel()) open(null);
  }},
  h('header', {class: 'chat-head'}, iconButton('back', 'Back to the list', () => open(null), {class: 'icon-button back'}), face, head,
    iconButton('info', 'About this chat', () => detailsDialog(session, uri, open))),
  messages.element, typing, writing.element);
  for (const kind of ['chats', 'signal']) session.addEventListener(kind, render, {signal: leave.signal});
  const tick = setInterval(render, 2000);
  render();
  // On a small screen a keyboard that comes up by itself is in the way.
  if (matchMedia('(hover: hover)').matches) setTimeout(writing.focus);
  return {
    uri, element, show: messages.show,
    close() {
      leave.abort();
      clearInterval(tick);
      messages.close();
      writing.close();
    },
  };

  function render() {
    const chat = chats.all.get(uri);
    if (!chat) return;
    const title = titleOf(chat, me), other = otherOf(chat, me), online = chats.online.has(other?.id);
    const here = chat.members.filter(({id}) => id !== me && chats.online.has(id)).length;
    const about = chat.kind === 'direct' ? (online ? 'online' : '') : `${count(chat.member_count, 'member')}${here > 0 ? ` · ${here} online` : ''}`;
    const who = chats.typing(uri, Date.now());
    typing.textContent = who.length > 0 ? `${names(who.slice(0, 3))} ${who.length === 1 ? 'is' : 'are'} typing…` : '';
    // What looks as before is left alone.
    if (element.dataset.shown === title + about) return;
    element.dataset.shown = title + about;
    element.setAttribute('aria-label', `Chat: ${title}`);
    face.replaceChildren(avatar(title, other?.id ?? uri, online));
    head.replaceChildren(h('h1', {}, title), h('p', {class: 'about'}, about));
  }
}
