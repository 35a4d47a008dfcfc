// The messages of one chat: a window onto its timeline that stays where one looks, whatever comes or goes around it.

import {announce, h} from './dom.js';
import {day, dayKey, noteText} from './format.js';
import {buildMessage} from './message.js';
import {toolbar} from './toolbar.js';

/** Messages of one author in less than this time stand together. */
const TOGETHER_MS = 5 * 60e3;
/** So close to the end counts as being there, in pixels. */
const NEAR = 48;
/** So many unread messages are more than one sees at once: one begins at the first of them. */
const MANY = 40;

export function log(session, uri, actions) {
  const {chats, me} = session;
  const timeline = session.timeline(uri);
  const top = h('div', {class: 'log-top'});
  const rows = h('div', {class: 'rows', role: 'log', 'aria-label': 'Messages', 'aria-live': 'off'});
  const jump = h('button', {class: 'jump', hidden: true, onclick: toEnd});
  const scroller = h('div', {class: 'log', onkeydown: onKey, onscroll: onScroll}, top, rows);
  const tools = toolbar(session, uri, rows, actions);
  /** What stands in the window, by key: `{shown, row}`. */
  const built = new Map();
  const leave = new AbortController();
  /** Whether one is at the end, and stays there when something comes. */
  let stuck = true;
  /** Behind this seq is what one had not read. */
  let divider = null;
  /** The message to be brought into the window; -1 for the first new one. */
  let target = null;
  let fresh = 0, frame = 0, seeing = null;

  const known = chats.all.get(uri);
  if (known?.unread > 0) [divider, target, stuck] = [known.read, -1, false];
  if (!timeline.loaded && known?.unread > MANY) timeline.loadAround(known.read).catch(failed);
  else session.open(uri);
  const listen = (source, kind, work) => source.addEventListener(kind, work, {signal: leave.signal});
  listen(session, 'timeline', ({detail}) => detail.uri === uri && onChange(detail.change));
  listen(session, 'chats', ({detail}) => (detail === uri || detail === null) && schedule());
  listen(session, 'failed', ({detail}) => detail.uri === uri && failed(detail.error));
  listen(window, 'focus', seen);
  listen(document, 'visibilitychange', seen);
  const sizes = new ResizeObserver(() => stuck && scrollToEnd());
  sizes.observe(scroller);
  schedule();

  return {
    element: h('div', {class: 'log-frame'}, scroller, jump),
    show,
    /** The last message of one's own that can be edited. */
    lastOwn: () => timeline.entries.findLast(entry => !entry.note && !entry.deleted && entry.user.id === me),
    close() {
      leave.abort();
      sizes.disconnect();
      clearTimeout(seeing);
    },
  };

  /** Brings a message to the middle of the window, and lets it light up. */
  async function show(seq) {
    [stuck, target] = [false, seq];
    if (!timeline.find(seq)) await timeline.loadAround(seq).catch(failed);
    schedule();
  }

  async function toEnd() {
    [fresh, stuck, divider, target] = [0, true, null, null];
    if (!timeline.atEnd) await timeline.loadNewest().catch(failed);
    scrollToEnd();
    schedule();
  }

  // --- What changes ---

  function onChange(change) {
    const last = timeline.entries.at(-1);
    if (change === 'live' && last.user && last.user.id !== me) {
      if (!stuck) fresh += 1;
      if (document.hasFocus()) announce(`${last.user.username}: ${last.message}`);
    }
    // One's own message is looked at.
    if (change === 'outgoing' && timeline.outgoing.some(({clientId}) => !built.has(clientId))) {
      divider = null;
      if (timeline.atEnd || !timeline.loaded) stuck = true; else toEnd();
    }
    schedule();
  }

  function schedule() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (!leave.signal.aborted) render();
    });
  }

  function failed(error) {
    if (!timeline.loaded) top.replaceChildren(h('p', {class: 'none'}, error.status === 404 ? 'There is no such chat, or it is not yours.' : error.message));
  }

  // --- What is shown ---

  function render() {
    if (timeline.loaded ? !timeline.atStart : !top.firstChild) top.replaceChildren(h('span', {class: 'spinner'}));
    else if (timeline.loaded) top.replaceChildren();
    const rows = wanted();
    const anchor = !stuck && firstSeen(rows);
    reconcile(rows);
    if (target !== null) reach();
    else if (stuck) scrollToEnd();
    else if (anchor) scroller.scrollTop += built.get(anchor.key).row.getBoundingClientRect().top - anchor.top;
    rove();
    tools.refresh();
    look();
  }

  /**
   * The rows that are to be there, from top to bottom: `{key, shown, build, strays}`, built anew when `shown` is another.
   * The line of a day strays: it goes up when earlier messages of that day come.
   */
  function wanted() {
    const list = [];
    const line = (key, kind, text, id) => list.push({key, shown: text, strays: kind === 'day', build: () => h('div', {class: kind, id}, h('span', {}, text))});
    let last = null, dated = null, divided = divider === null;
    for (const entry of timeline.entries) {
      const at = entry.note?.at ?? entry.created_at;
      if (dayKey(at) !== dated) {
        dated = dayKey(at);
        last = null;
        line(`day ${dated}`, 'day', day(at));
      }
      if (entry.note) {
        const text = noteText(entry.note, me);
        if (text) { line(entry.seq, 'note', text); last = null; }
        continue;
      }
      const mine = entry.user.id === me;
      if (!divided && entry.seq > divider && !mine) {
        divided = true;
        last = null;
        line('new', 'day new', 'New', 'new-messages');
      }
      // Settled when it is first shown: what comes above it later does not change its height.
      entry.together ??= last?.user.id === entry.user.id && Date.parse(at) - Date.parse(last.created_at) < TOGETHER_MS;
      // One's own message keeps its place while it changes from sent to stored.
      put(entry, (mine && entry.client_id) || entry.seq, `${entry.together} ${entry.version}`);
      last = entry;
    }
    const readers = timeline.atEnd && timeline.outgoing.length === 0 && last?.user.id === me && seenBy(last.seq);
    if (readers) line('seen', 'seen', readers);
    if (timeline.atEnd || !timeline.loaded) {
      for (const item of timeline.outgoing) {
        const entry = {...item, user: {id: me}, created_at: item.at, reply_to: item.replyTo, reactions: {}, together: last?.user.id === me};
        put(entry, item.clientId, `${entry.together} ${item.state}`);
        last = entry;
      }
    }
    return list;

    function put(entry, key, shown) {
      list.push({key, shown, build: () => buildMessage(entry, {session, uri, quote})});
    }
  }

  function seenBy(seq) {
    const chat = chats.all.get(uri);
    const readers = [...chats.reads(uri)].filter(([id, read]) => id !== me && read >= seq).map(([id]) => id);
    if (!chat || readers.length === 0) return null;
    if (readers.length >= chat.member_count - 1) return chat.kind === 'direct' ? 'Seen' : 'Seen by all';
    const names = chat.members.filter(({id}) => readers.includes(id)).map(({username}) => username);
    return `Seen by ${names.slice(0, 4).join(', ') || readers.length}`;
  }

  function reconcile(list) {
    const keys = new Set(list.map(({key}) => key));
    for (const [key, {row}] of built) if (!keys.has(key)) { row.remove(); built.delete(key); }
    let place = rows.firstChild;
    for (const {key, shown, build} of list) {
      const before = built.get(key);
      const row = before?.shown === shown ? before.row : build();
      if (before && row !== before.row) {
        const focused = before.row === document.activeElement;
        if (place === before.row) place = row;
        before.row.replaceWith(row);
        // Whoever is in the row with the keyboard stays there.
        if (focused) row.focus({preventScroll: true});
      }
      built.set(key, {shown, row});
      if (row === place) place = place.nextSibling; else rows.insertBefore(row, place);
    }
  }

  // --- Where one looks ---

  /** The first row on the screen that outlives the change, and where it stands. */
  function firstSeen(list) {
    const {top} = scroller.getBoundingClientRect();
    for (const {key, strays} of list) {
      const box = built.get(key)?.row.getBoundingClientRect();
      if (!strays && box?.bottom > top) return {key, top: box.top};
    }
    return null;
  }

  function reach() {
    const isNew = target === -1;
    const row = rows.querySelector(isNew ? '#new-messages' : `[data-seq="${target}"]`);
    if (!timeline.loaded || (!row && !isNew)) return;
    target = null;
    if (!row) { stuck = true; return scrollToEnd(); }
    const box = row.getBoundingClientRect(), whole = scroller.getBoundingClientRect();
    scroller.scrollTop += box.top - whole.top - (isNew ? whole.height / 5 : (whole.height - box.height) / 2);
    stuck = isAtEnd();
    if (isNew) return;
    row.classList.add('lit');
    row.focus({preventScroll: true});
    setTimeout(() => row.classList.remove('lit'), 1800);
  }

  /** How far it is to the end, in pixels. */
  function below() { return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight; }
  function isAtEnd() { return timeline.atEnd && below() < NEAR; }
  function scrollToEnd() { scroller.scrollTop = scroller.scrollHeight; }

  function onScroll() {
    stuck = isAtEnd();
    if (stuck) {
      fresh = 0;
      timeline.trim();
    }
    look();
  }

  /** Loads what one is about to see, marks what one has seen, and shows the way back to the end. */
  function look() {
    const ahead = 2 * scroller.clientHeight;
    // What fails is tried again by the next scrolling.
    if (target === null && scroller.scrollTop < ahead) timeline.loadOlder()?.then(schedule, () => {});
    if (target === null && below() < ahead) timeline.loadNewer()?.then(schedule, () => {});
    seen();
    jump.hidden = !timeline.loaded || (timeline.atEnd && fresh === 0 && below() < 0.6 * ahead);
    const text = fresh > 0 ? `${fresh} new` : 'Latest';
    if (jump.textContent !== `↓ ${text}`) {
      jump.textContent = `↓ ${text}`;
      jump.title = 'Go to the latest message';
    }
  }

  /** What is on the screen of somebody who is looking has been read. */
  function seen() {
    clearTimeout(seeing);
    seeing = setTimeout(() => {
      if (document.hidden || !document.hasFocus() || !timeline.loaded) return;
      const {bottom} = scroller.getBoundingClientRect();
      const last = [...rows.querySelectorAll('[data-seq]')].findLast(row => row.getBoundingClientRect().bottom <= bottom + 8);
      session.markRead(uri, stuck ? timeline.last : Number(last?.dataset.seq ?? 0));
    }, 250);
  }

  // --- The keyboard ---

  /** One row is reached by Tab; arrows lead from row to row. */
  function rove(to = rows.querySelector('article[tabindex="0"]') ?? [...rows.querySelectorAll('article')].at(-1)) {
    for (const row of rows.querySelectorAll('article[tabindex="0"]')) row.tabIndex = -1;
    if (to) to.tabIndex = 0;
  }

  function onKey(event) {
    const row = event.target;
    if (!row.matches('article') || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (!step) return tools.key(event, row);
    const all = [...rows.querySelectorAll('article')], next = all[all.indexOf(row) + step];
    if (!next) return;
    event.preventDefault();
    rove(next);
    next.focus();
  }

  /** Fills in what a message answers. */
  async function quote(seq, place) {
    const quoted = await session.quote(uri, seq);
    const text = quoted?.deleted ? 'message deleted' : quoted?.message.replace(/\s+/gu, ' ').slice(0, 160);
    place.replaceChildren(h('strong', {}, quoted?.user.username ?? ''), h('span', {}, text ?? 'a message that cannot be shown'));
    if (quoted) place.onclick = () => show(seq);
  }
}
