// Where one writes: new messages, answers and changed ones.

import {complain, h, iconButton} from './dom.js';

/** The longest message, in code points, and from how little room on it is told how much is left. */
const MOST = 2000, TELL = 200;
const MAX_HEIGHT = 180;
const hasKeyboard = matchMedia('(hover: hover)');

/** What one has begun to write, by chat: `{text, answered}`. */
const drafts = new Map();

export function composer(session, uri, {lastOwn}) {
  const input = h('textarea', {class: 'write', rows: 1, placeholder: 'Message', 'aria-label': 'Message', enterKeyHint: 'send', oninput: onInput, onkeydown: onKey});
  const room = h('span', {class: 'left', 'aria-live': 'polite'});
  const send = iconButton('send', 'Send', submit, {class: 'icon-button send'});
  const banner = h('div', {class: 'banner', hidden: true});
  /** The message that is answered, and the one that is changed. */
  let answered = null, edited = null;
  restore();
  setTimeout(size);
  const focus = () => input.focus();
  return {
    element: h('div', {class: 'composer'}, banner, h('div', {class: 'write-line'}, input, room, send)),
    focus,
    reply(message) {
      if (edited) stop();
      answer(message);
      focus();
    },
    edit(message) {
      if (!edited) keep();
      [answered, edited] = [null, message];
      say('Editing', message.message);
      write(message.message);
      focus();
    },
    /** Gives up what is being answered or changed; false if there was nothing. */
    cancel() {
      const any = Boolean(answered ?? edited);
      if (any) stop();
      return any;
    },
    close() {
      if (!edited) keep();
      session.typing(uri, false);
    },
  };

  function keep() {
    if (input.value.trim()) drafts.set(uri, {text: input.value, answered}); else drafts.delete(uri);
  }

  function restore() {
    const draft = drafts.get(uri);
    write(draft?.text ?? '');
    if (draft?.answered) answer(draft.answered);
  }

  function write(text) {
    input.value = text;
    size();
    check();
  }

  function stop() {
    const wasEdited = edited;
    [answered, edited] = [null, null];
    banner.hidden = true;
    if (wasEdited) restore();
  }

  function answer(message) {
    answered = message;
    say(`Replying to ${message.user.id === session.me ? 'yourself' : message.user.username}`, message.message);
  }

  function say(title, text) {
    banner.replaceChildren(h('div', {class: 'banner-text'}, h('strong', {}, title), h('span', {}, text.slice(0, 200))),
      iconButton('close', 'Cancel', () => { stop(); focus(); }));
    banner.hidden = false;
  }

  function submit() {
    const text = input.value, changed = edited, to = answered?.seq ?? null;
    if (send.disabled) return;
    focus();
    if (changed === null) {
      drafts.delete(uri);
      stop();
      write('');
      return session.send(uri, text, to);
    }
    if (text === changed.message) return stop();
    // What was written stays until it is stored.
    session.edit(uri, changed.seq, text).then(() => edited === changed && stop(), complain);
  }

  function onInput() {
    size();
    check();
    if (!edited) session.typing(uri, input.value.trim() !== '');
  }

  function onKey(event) {
    if (event.isComposing) return;
    // On a screen without a keyboard Enter begins a new line, as everywhere there.
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey || (!event.shiftKey && hasKeyboard.matches))) {
      event.preventDefault();
      submit();
    } else if (event.key === 'ArrowUp' && input.value === '' && !edited) {
      event.preventDefault();
      lastOwn();
    }
  }

  function size() {
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight, MAX_HEIGHT)}px`;
  }

  function check() {
    const left = MOST - Array.from(input.value).length;
    room.textContent = left < TELL ? left : '';
    room.classList.toggle('over', left < 0);
    send.disabled = input.value.trim() === '' || left < 0;
  }
}
