// Elements, without any way for text to become markup: what is shown is always a text node.

/** Makes an element. Properties that begin with `on` are listeners; `class`, `data-…`, `aria-…` and the like attributes. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.includes('-')) element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(9).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

const PATHS = {
  back: 'M15 5l-7 7 7 7',
  close: 'M6 6l12 12M18 6L6 18',
  compose: 'M4 20h16M14.5 4.5l4 4L9 18l-5 1 1-5z',
  send: 'M4 12l16-8-6 16-3-6zM11 14l9-10',
  search: 'M10.5 4a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM15.5 15.5L20 20',
  info: 'M12 3a9 9 0 100 18 9 9 0 000-18zM12 11v5M12 7.6v.1',
  reply: 'M9 7l-5 5 5 5M4 12h10a6 6 0 016 6',
  smile: 'M12 3a9 9 0 100 18 9 9 0 000-18zM8.5 14.5a4.3 4.3 0 007 0M9 9.5v.1M15 9.5v.1',
  edit: 'M4 20l1-5L16 4l4 4L9 19z',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
};

/** A picture that says nothing by itself: what it stands on has a label. */
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  for (const [key, value] of [['viewBox', '0 0 24 24'], ['class', 'icon'], ['aria-hidden', 'true']]) svg.setAttribute(key, value);
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}

export const iconButton = (name, label, onclick, properties) =>
  h('button', {type: 'button', class: 'icon-button', title: label, 'aria-label': label, onclick, ...properties}, icon(name));

/** A button with words; of the kinds `plain`, `danger`, `wide` and `text`. What its work fails with is shown. */
export function button(label, work, kind = '', properties = {}) {
  const press = async event => {
    element.disabled = true;
    try {
      await work(event);
    } catch (error) {
      complain(error);
    } finally {
      element.disabled = false;
    }
  };
  const element = h('button', {type: 'button', class: `button ${kind}`, onclick: work && press, ...properties}, label);
  return element;
}

/** A circle with the first letter of a name, in a colour that stays the same. */
export function avatar(name, key, online = false) {
  const letter = Array.from(name.trim())[0] ?? '?';
  const hue = [...String(key)].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 9973, 7) * 47 % 360;
  const circle = h('span', {class: 'avatar', 'aria-hidden': 'true'}, letter.toLocaleUpperCase());
  circle.style.background = `oklch(47% .12 ${hue})`;
  if (online) circle.append(h('span', {class: 'online'}));
  return circle;
}

/** A text with its web addresses as links; all else stays text. */
export function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>"'.,:;!?)\]}])/u).map((part, at) => (at % 2 === 0
    ? part
    : h('a', {href: part, target: '_blank', rel: 'noopener noreferrer'}, part)));
}

/** Says something to those who listen to the page instead of seeing it. */
export function announce(text) {
  const place = document.getElementById('announcer');
  place.textContent = '';
  setTimeout(() => { place.textContent = text; }, 50);
}

/** Tells why something that was asked for came to nothing. */
export const complain = error => toast(error.code === 'disconnected' ? 'There is no connection right now. Try again in a moment.' : error.message);

/** A short notice at the bottom, for some seconds. */
export function toast(text) {
  const notice = h('div', {class: 'toast', role: 'status'}, text);
  document.getElementById('toasts').append(notice);
  setTimeout(() => notice.remove(), 6000);
}
