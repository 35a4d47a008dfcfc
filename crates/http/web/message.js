// One message, stored or on its way.

import {avatar, button, complain, h, linked} from './dom.js';
import {clock, fullTime} from './format.js';

/** A message as the API shows it; one that is on its way has a `state`, and no seq. */
export function buildMessage(message, {session, uri, quote}) {
  const {seq, user, deleted, reply_to: answered, created_at: at, state, clientId, together} = message;
  const own = user.id === session.me, failed = state === 'failed';
  const classes = ['message', own && 'own', together && 'together', state && 'outgoing', failed && 'failed'].filter(Boolean).join(' ');
  return h('article', {
    class: classes, tabIndex: -1, 'data-seq': seq,
    'aria-label': `${own ? 'You' : user.username}, ${failed ? 'not sent' : state ? 'sending' : clock(at)}`,
  },
  !own && (together ? h('span', {class: 'avatar-space'}) : avatar(user.username, user.id)),
  h('div', {class: 'body'},
    !own && !together && h('span', {class: 'author'}, user.username),
    h('div', {class: `bubble${isLarge(message.message) ? ' large' : ''}`},
      answered !== null && !deleted && quoted(),
      h('p', {class: deleted ? 'text gone' : 'text', dir: 'auto'}, deleted ? 'This message was deleted.' : linked(message.message)),
      h('span', {class: 'stamp', title: fullTime(at)}, message.edited_at && !deleted && 'edited ',
        h('time', {class: state, datetime: at}, failed ? 'not sent' : clock(at)))),
    failed && h('div', {class: 'failure', role: 'alert'}, message.error,
      button('Send again', () => session.retry(uri, clientId), 'text'), button('Discard', () => session.discard(uri, clientId), 'text')),
    reactions(message, session, uri)));

  function quoted() {
    const place = h('button', {class: 'quote', type: 'button', title: 'Show the message that this answers'}, '…');
    quote(answered, place);
    return place;
  }
}

/** One to three emoji alone are shown large. */
const isLarge = text => /^(?:\p{RGI_Emoji}){1,3}$/v.test(text.trim());

function reactions({seq, reactions: all}, session, uri) {
  const members = session.chats.all.get(uri)?.members ?? [];
  const buttons = Object.entries(all).map(([emoji, ids]) => {
    const mine = ids.includes(session.me);
    const who = members.filter(({id}) => ids.includes(id)).map(({username}) => username).join(', ');
    return h('button', {
      class: 'reaction', type: 'button', 'aria-pressed': String(mine), title: who, 'aria-label': `${emoji} ${ids.length}${mine ? ', yours too' : ''}`,
      onclick: () => session.react(uri, seq, emoji, !mine).catch(complain),
    }, emoji, h('span', {class: 'count'}, ids.length));
  });
  return buttons.length > 0 && h('div', {class: 'reactions', role: 'group', 'aria-label': 'Reactions'}, buttons);
}
