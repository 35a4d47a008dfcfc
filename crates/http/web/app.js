// The beginning: who is here, and what of the page they see.

import {Parlor, storedTokens} from '../parlor-client.js';
import {conversation} from './conversation.js';
import {applyTheme} from './details.js';
import {button, h, icon, toast} from './dom.js';
import {titleOf} from './format.js';
import {askToJoin} from './people.js';
import {Session} from './session.js';
import {sidebar} from './sidebar.js';
import {signIn} from './sign-in.js';
import {statusBar} from './status.js';

const server = new URL('./', document.baseURI);
const parlor = new Parlor(server, {tokens: storedTokens(localStorage)});
const app = document.getElementById('app');
let session = null;

/** Where we are: `#/chat/<uri>`, or a link to join by: `#/join/<uri>`, `#/invite/<code>`. */
const place = () => {
  const [, kind, name] = location.hash.match(/^#\/(chat|join|invite)\/([A-Za-z0-9_-]+)$/) ?? [];
  return {kind, name};
};

applyTheme();
if (parlor.signedIn) begin(JSON.parse(localStorage.getItem('parlor.account') ?? 'null')); else welcome();

// Another tab signed in or out.
addEventListener('storage', ({key}) => {
  if (key === 'parlor.tokens' && parlor.signedIn !== (session !== null)) location.reload();
});

function welcome(notice) {
  session = null;
  document.title = 'Parlor';
  app.replaceChildren(signIn(parlor, {notice, invited: place().kind !== undefined, done: account => begin(account)}));
}

/** Shows the chats of who is signed in. Who that is may not be known yet, when the page was closed too early. */
async function begin(account) {
  try {
    account ??= await parlor.call('GET', 'users/me/');
  } catch (error) {
    return error.status === 401 ? welcome('Please sign in again.') : failed(error);
  }
  localStorage.setItem('parlor.account', JSON.stringify({id: account.id, username: account.username, email: account.email}));
  session = new Session(parlor, account);
  show(session);
  session.start();
}

function failed(error) {
  app.replaceChildren(h('main', {class: 'nowhere'}, h('p', {}, error.message), button('Try again', () => location.reload())));
}

function show(session) {
  const open = uri => { location.hash = uri ? `#/chat/${uri}` : '#/'; };
  const side = sidebar(session, {open, signOut, jump: (uri, seq) => { open(uri); showPlace(seq); }});
  const main = h('main', {class: 'main'});
  const layout = h('div', {class: 'layout'}, h('nav', {class: 'side', 'aria-label': 'Chats'}, side.element), main, statusBar(session));
  const leave = new AbortController();
  const listen = (source, kind, work) => source.addEventListener(kind, work, {signal: leave.signal});
  let chat = null;
  app.replaceChildren(layout);
  showPlace();

  listen(window, 'hashchange', () => showPlace());
  listen(window, 'online', () => session.wake());
  listen(document, 'visibilitychange', () => document.hidden || session.wake());
  listen(session, 'chats', () => {
    retitle();
    if (!chat) main.replaceChildren(nowhere());
  });
  listen(session, 'gone', ({detail: uri}) => {
    if (chat?.uri !== uri) return;
    toast('You are not in that chat any more.');
    open(null);
  });
  listen(session, 'status', ({detail}) => {
    if (detail.reason === 'signed_out') end('Your session has ended. Please sign in again.');
  });
  listen(document, 'keydown', event => {
    const step = event.altKey && {ArrowDown: 1, ArrowUp: -1}[event.key];
    const isSearch = (event.ctrlKey || event.metaKey) && event.key === 'k';
    if (step || isSearch) event.preventDefault();
    if (step) side.step(step);
    if (isSearch) side.focusSearch();
  });

  /** Shows what the address names; `seq` is a message to go to. */
  function showPlace(seq = null) {
    const {kind, name} = place();
    if (kind === 'join' || kind === 'invite') {
      history.replaceState(null, '', '#/');
      askToJoin(session, kind, name, open);
    }
    const uri = kind === 'chat' ? name : null;
    if (uri !== (chat?.uri ?? null)) {
      chat?.close();
      chat = uri && conversation(session, uri, open);
    }
    main.replaceChildren(chat?.element ?? nowhere());
    layout.classList.toggle('in-chat', uri !== null);
    side.select(uri);
    if (seq !== null) chat?.show(seq);
    retitle();
  }

  function retitle() {
    const {all, unread} = session.chats;
    const open = all.get(chat?.uri);
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${open ? `${titleOf(open, session.me)} · ` : ''}Parlor`;
  }

  function nowhere() {
    const {loaded, all} = session.chats, none = loaded && all.size === 0;
    return h('div', {class: 'nowhere'}, icon('compose'),
      h('h2', {}, none ? `Welcome, ${session.account.username}` : 'No chat is open'),
      h('p', {}, none ? 'You have no chats yet. Write to somebody, or make a group and send its link around.' : 'Pick one from the list, or begin a new one.'),
      button('New chat', side.startChat));
  }

  function end(notice) {
    leave.abort();
    chat?.close();
    session.stop();
    localStorage.removeItem('parlor.account');
    welcome(notice);
  }

  async function signOut() {
    history.replaceState(null, '', '#/');
    // First the connection: the end of the session would be told to it.
    session.stop();
    await parlor.logOut();
    end();
  }
}
