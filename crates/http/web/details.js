// What a chat is: its people and their roles, its name, and the links that lead into it. And one's own account.

import {avatar, button, h, toast} from './dom.js';
import {ask, dialog} from './dialog.js';
import {count, otherOf, titleOf} from './format.js';
import {finder} from './people.js';
import {field} from './sign-in.js';

const person = (session, {id, username}, about, ...more) => h('li', {class: 'member'}, avatar(username, id, session.chats.online.has(id)),
  h('span', {class: 'person-names'}, h('span', {}, username, id === session.me && h('span', {class: 'help'}, ' (you)')), about && h('span', {class: 'help'}, about)),
  h('span', {class: 'member-actions'}, more));

export function detailsDialog(session, uri, open) {
  const chat = session.chats.all.get(uri);
  if (!chat) return;
  if (chat.kind === 'direct') return aboutPerson(session, otherOf(chat, session.me));
  dialog('About this group', close => {
    const place = h('div', {class: 'details'});
    const left = () => { close(); open(null); };
    const show = async () => place.replaceChildren(...group(session, await session.call('GET', `chats/${uri}/`), show, left));
    show().catch(error => place.replaceChildren(error.message));
    return place;
  });
}

function group(session, chat, show, left) {
  const path = `chats/${chat.uri}/`;
  const role = chat.members.find(({id}) => id === session.me)?.role ?? 'member';
  const rules = role !== 'member';
  /** A button after whose work, and a yes if it asks for one, all is shown anew. */
  const act = (label, work, {question, then = show, kind = 'text', ...properties} = {}) => button(label, async () => {
    if (question && !await ask(question, '', label)) return;
    await work();
    await then();
  }, kind, properties);
  const title = field('Name', 'title', {maxLength: 255, value: chat.title ?? '', placeholder: 'No name yet'});
  const joinable = h('input', {type: 'checkbox', checked: chat.joinable, onchange: async () => {
    await session.call('PATCH', `${path}settings/`, {joinable: joinable.checked}).catch(({message}) => toast(message));
    show();
  }});
  const member = one => {
    const it = `${path}members/${one.id}/`;
    const give = (label, role, question) => act(label, () => session.call('PATCH', it, {role}), {question, 'aria-label': `${label}: ${one.username}`});
    const below = role === 'owner' || (role === 'admin' && one.role === 'member');
    return person(session, one, one.role !== 'member' && one.role, one.id !== session.me && [
      role === 'owner' && (one.role === 'member' ? give('Make admin', 'admin') : give('Make member', 'member')),
      role === 'owner' && give('Hand over', 'owner', `Make ${one.username} the owner of this group?`),
      below && act('Remove', () => session.call('DELETE', it), {question: `Remove ${one.username} from this group?`, 'aria-label': `Remove ${one.username}`}),
    ]);
  };
  const add = button('Add people', () => {
    const find = finder(session, 'Add somebody', async ({username}) => { await session.call('PATCH', path, {username}); await show(); },
      card => chat.members.some(({id}) => id === card.id));
    add.replaceWith(find.element);
    find.input.focus();
  }, 'text');
  return [
    rules ? h('div', {class: 'with-button'}, title.element,
      act('Save', () => session.call('PATCH', `${path}settings/`, {title: title.input.value.trim() || null}), {kind: ''}))
      : h('h3', {class: 'group-name'}, titleOf(chat, session.me)),
    rules && h('label', {class: 'choice'}, joinable, 'Whoever has the link can join'),
    h('div', {class: 'buttons left'},
      chat.joinable && button('Copy link', () => copy(`#/join/${chat.uri}`), 'text'),
      rules && button('Copy an invite for one person', async () => copy(`#/invite/${(await session.call('POST', `${path}invites/`, {uses: 1})).code}`), 'text')),
    h('h3', {}, count(chat.member_count, 'member')),
    h('ul', {class: 'people', 'aria-label': 'Members'}, chat.members.map(member)),
    (rules || chat.joinable) && add,
    h('div', {class: 'buttons spread'},
      act('Leave group', () => session.call('DELETE', `${path}members/${session.me}/`), {question: 'Leave this group?', then: left, kind: 'plain'}),
      role === 'owner' && act('Delete group', () => session.call('DELETE', path), {question: 'Delete this group for everybody in it?', then: left, kind: 'danger'})),
  ].filter(Boolean);
}

function aboutPerson(session, other) {
  const block = method => async () => {
    await session.call(method, `users/me/blocks/${other.id}/`);
    toast(method === 'PUT' ? `${other.username} is blocked.` : `You no longer block ${other.username}.`);
  };
  dialog(other.username, () => [
    h('ul', {class: 'people'}, person(session, other, session.chats.online.has(other.id) ? 'online' : 'not online right now')),
    h('p', {class: 'help'}, 'Whoever is blocked cannot write to you here, and does not see when you are online.'),
    other.id > 0 && h('div', {class: 'buttons'}, button('Unblock', block('DELETE'), 'plain'), button('Block', block('PUT'), 'danger')),
  ].filter(Boolean), 'narrow');
}

export function accountDialog(session, signOut) {
  const {id, username, email} = session.account;
  const now = localStorage.getItem('parlor.theme') ?? 'auto';
  dialog('Your account', close => [
    h('ul', {class: 'people'}, person(session, {id, username}, email)),
    h('fieldset', {class: 'choices'}, h('legend', {}, 'Appearance'), ['auto', 'light', 'dark'].map(theme => h('label', {class: 'choice'},
      h('input', {type: 'radio', name: 'theme', checked: theme === now, onchange: () => applyTheme(theme)}), theme))),
    h('div', {class: 'buttons spread'},
      button('Sign out everywhere else', async () => { await session.call('DELETE', 'users/sessions/'); toast('Done.'); }, 'plain'),
      button('Sign out', () => { close(); signOut(); })),
  ], 'narrow');
}

/** Light or dark if one chose so, else as the system is. */
export function applyTheme(theme = localStorage.getItem('parlor.theme') ?? 'auto') {
  localStorage.setItem('parlor.theme', theme);
  document.documentElement.dataset.theme = theme;
}

async function copy(hash) {
  const link = new URL(hash, document.baseURI).href;
  // Pages of plain http may not write to the clipboard.
  await navigator.clipboard?.writeText(link);
  toast(navigator.clipboard ? 'Copied.' : link);
}
