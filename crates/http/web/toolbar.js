// What can be done with a message: one bar of buttons that goes to the message under the pointer or with the focus.

import {ask} from './dialog.js';
import {complain, h, iconButton} from './dom.js';

const EMOJI = '👍 ❤️ 😂 🎉 😮 😢 🙏 🔥 👀 ✅ 👏 🤔 😍 🚀 💯 👎'.split(' ');

export function toolbar(session, uri, rows, {reply, edit, write}) {
  const bar = h('div', {class: 'tools', role: 'toolbar', 'aria-label': 'What to do with this message'});
  let at = null;
  // Moving counts too: a row may have come under a pointer that stood still.
  for (const kind of ['pointerover', 'pointermove']) {
    rows.addEventListener(kind, event => event.pointerType !== 'touch' && to(event.target.closest('article')));
  }
  rows.addEventListener('focusin', event => to(event.target.closest('article')));
  rows.addEventListener('pointerleave', () => at?.contains(document.activeElement) || to(null));
  return {
    /** The message may have changed, or its row may be another. */
    refresh: () => at && !(at.isConnected && messageOf(at)) && to(null),
    /** The keys of a message that has the focus. */
    key(event, row) {
      const message = messageOf(row);
      const {own, rules} = rights(message);
      const work = event.key === 'Escape' ? write : message && {
        r: () => reply(message),
        e: own && (() => edit(message)),
        Delete: (own || rules) && (() => remove(message)),
        '+': () => pick(message, row),
        Enter: () => bar.querySelector('button')?.focus(),
      }[event.key];
      if (work) { event.preventDefault(); work(); }
    },
  };

  /** The message of a row; null if nothing can be done with it. */
  function messageOf(row) {
    const entry = row && session.timeline(uri).find(Number(row.dataset.seq));
    return entry && !entry.note && !entry.deleted ? entry : null;
  }

  function rights(message) {
    const chat = session.chats.all.get(uri), {me} = session;
    const role = chat?.owner?.id === me ? 'owner' : chat?.members.find(({id}) => id === me)?.role;
    return {own: message?.user.id === me, rules: chat?.kind === 'group' && role !== 'member'};
  }

  function to(row) {
    if (row === at && bar.isConnected) return;
    const message = messageOf(row);
    at = message && row;
    if (!message) return bar.remove();
    const {own, rules} = rights(message);
    bar.replaceChildren(iconButton('smile', 'React', event => pick(message, event.currentTarget)), iconButton('reply', 'Reply', () => reply(message)));
    if (own) bar.append(iconButton('edit', 'Edit', () => edit(message)));
    if (own || rules) bar.append(iconButton('trash', 'Delete', () => remove(message)));
    row.append(bar);
  }

  async function remove({seq}) {
    if (await ask('Delete this message?', 'Its text is gone for everybody, and does not come back.', 'Delete')) session.remove(uri, seq).catch(complain);
  }

  /** Lets one pick an emoji, beside what was pressed. */
  function pick({seq, reactions}, beside) {
    const picked = emoji => {
      picker.hidePopover();
      session.react(uri, seq, emoji, !reactions[emoji]?.includes(session.me)).catch(complain);
    };
    const other = h('input', {class: 'input', 'aria-label': 'Another emoji', placeholder: 'Another emoji', maxLength: 16,
      onkeydown: ({key}) => key === 'Enter' && other.value && picked(other.value.trim())});
    const picker = h('div', {class: 'picker', role: 'dialog', 'aria-label': 'Pick a reaction', popover: 'auto',
      ontoggle: ({newState}) => newState === 'closed' && picker.remove(),
      onkeydown: event => {
        const step = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8}[event.key];
        const all = [...picker.querySelectorAll('button, input')];
        if (step && event.target !== other) { event.preventDefault(); all[all.indexOf(event.target) + step]?.focus(); }
      }}, h('div', {class: 'emoji'}, EMOJI.map(emoji => h('button', {type: 'button', onclick: () => picked(emoji)}, emoji))), other);
    document.body.append(picker);
    picker.showPopover();
    const box = beside.getBoundingClientRect(), {width, height} = picker.getBoundingClientRect();
    const over = box.top - height - 6;
    picker.style.left = `${Math.max(8, Math.min(box.left, innerWidth - 8 - width))}px`;
    picker.style.top = `${over > 8 ? over : Math.min(box.bottom + 6, innerHeight - height - 8)}px`;
    picker.querySelector('button').focus();
  }
}
