// How the connection is: nothing while it is well, a quiet line when it is not.

import {button, h} from './dom.js';

/** What is over sooner is not worth a word. */
const PATIENCE_MS = 1200;
const ENDED = {
  replaced: ['Parlor is open in too many other places.', 'Use it here'],
  refused: ['This page does not fit the server any more.', 'Reload'],
};

export function statusBar(session) {
  const words = h('span', {}), seconds = h('span', {'aria-hidden': 'true'}), spinner = h('span', {class: 'spinner'});
  const act = button('', () => (session.status.reason === 'refused' ? location.reload() : session.wake()), 'text');
  const element = h('div', {class: 'status', role: 'status', hidden: true}, spinner, words, seconds, act);
  let since = Date.now();
  const render = () => {
    const {state, until, reason} = session.status;
    if (state === 'live') since = null; else since ??= Date.now();
    const [says, does] = ENDED[reason] ?? ['Reconnecting…', 'Try now'];
    const wait = state === 'waiting' ? Math.ceil((until - Date.now()) / 1000) : 0;
    element.hidden = since === null || reason === 'closed' || (!reason && Date.now() - since < PATIENCE_MS);
    // Words that stay are not said again to those who listen; the seconds are only shown.
    if (words.textContent !== says) words.textContent = says;
    seconds.textContent = wait > 1 ? `again in ${wait} s` : '';
    act.textContent = does;
    spinner.hidden = Boolean(reason);
    act.hidden = !reason && wait <= 1;
  };
  session.addEventListener('status', render);
  setInterval(render, 500);
  return element;
}
