// Times, names and numbers as people read them.

const minute = new Intl.DateTimeFormat(undefined, {hour: 'numeric', minute: '2-digit'});
const weekday = new Intl.DateTimeFormat(undefined, {weekday: 'short'});
const longDay = new Intl.DateTimeFormat(undefined, {weekday: 'long', day: 'numeric', month: 'long'});
const longYear = new Intl.DateTimeFormat(undefined, {day: 'numeric', month: 'long', year: 'numeric'});
const shortDay = new Intl.DateTimeFormat(undefined, {day: 'numeric', month: 'short'});
const full = new Intl.DateTimeFormat(undefined, {dateStyle: 'full', timeStyle: 'short'});

const startOfDay = date => new Date(date.getFullYear(), date.getMonth(), date.getDate());
/** How many midnights lie between then and now. */
const daysAgo = date => Math.round((startOfDay(new Date()) - startOfDay(date)) / 864e5);

export const clock = iso => minute.format(new Date(iso));
export const fullTime = iso => full.format(new Date(iso));
export const dayKey = iso => startOfDay(new Date(iso)).getTime();

/** The line above the messages of one day. */
export function day(iso) {
  const date = new Date(iso), ago = daysAgo(date);
  if (ago === 0) return 'Today';
  if (ago === 1) return 'Yesterday';
  return (ago < 180 ? longDay : longYear).format(date);
}

/** When, in as few letters as will do. */
export function when(iso) {
  const date = new Date(iso), ago = daysAgo(date);
  if (ago <= 0) return minute.format(date);
  return (ago < 7 ? weekday : shortDay).format(date);
}

export const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

/** Names in a row: a, b and c. */
export const names = list => new Intl.ListFormat('en').format(list);

/** What a chat is called by whoever is in it. */
export function titleOf(chat, me) {
  if (chat.kind === 'direct') return otherOf(chat, me)?.username ?? 'deleted user';
  if (chat.title) return chat.title;
  const others = chat.members.filter(member => member.id !== me).map(member => member.username);
  return others.length > 0 ? names(others.slice(0, 3)) : 'Just you';
}

/** The other of a direct chat; nobody in a group. */
export const otherOf = (chat, me) => (chat.kind === 'direct' ? chat.members.find(member => member.id !== me) : undefined);

/** What a log entry that is no message says; null if it says nothing to a reader. */
export function noteText(event, me) {
  const by = event.by.id === me ? 'You' : event.by.username;
  const who = event.data.user && (event.data.user.id === me ? 'you' : event.data.user.username);
  const self = event.data.user?.id === event.by.id;
  switch (event.kind) {
    case 'chat.created': return event.data.kind === 'group' ? `${by} made this group` : null;
    case 'chat.updated': return settingsText(by, event.data);
    case 'member.added': return self ? `${by} joined` : `${by} added ${who}`;
    case 'member.removed': return self ? `${by} left` : `${by} removed ${who}`;
    case 'member.role': return `${by} made ${self ? (by === 'You' ? 'yourself' : 'themselves') : who} ${event.data.role === 'owner' ? 'the owner' : event.data.role === 'admin' ? 'an admin' : 'a member'}`;
    default: return null;
  }
}

function settingsText(by, data) {
  const parts = [];
  if (data.title) parts.push(`named the group “${data.title}”`);
  else if ('title' in data) parts.push('took the name of the group away');
  if ('joinable' in data) parts.push(data.joinable ? 'opened the group to everybody with its link' : 'closed the group to all but invited people');
  return parts.length > 0 ? `${by} ${parts.join(' and ')}` : null;
}
