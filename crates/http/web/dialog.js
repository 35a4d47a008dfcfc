// Dialogs: the browser's own, which keeps the focus inside and closes with Escape.

import {button, h, iconButton} from './dom.js';

let number = 0;

/** Opens a dialog; `build(close)` makes what is in it. Resolves with what it was closed with. */
export function dialog(title, build, kind = '') {
  return new Promise(resolve => {
    const id = `dialog-${++number}`;
    let result = null;
    const close = (value = null) => { result = value; element.close(); };
    const element = h('dialog', {class: `dialog ${kind}`, 'aria-labelledby': id, onclose: () => { element.remove(); resolve(result); }});
    element.append(h('header', {class: 'dialog-head'}, h('h2', {id}, title), iconButton('close', 'Close', () => close())),
      h('div', {class: 'dialog-body'}, build(close)));
    // A press beside it closes it.
    element.addEventListener('pointerdown', event => event.target === element && close());
    document.body.append(element);
    element.showModal();
  });
}

/** Asks for a yes. */
export const ask = async (title, text, yes, kind = 'danger') => await dialog(title, close => [
  h('p', {}, text),
  h('div', {class: 'buttons'}, button('Cancel', () => close(), 'plain', {autofocus: kind === 'danger'}), button(yes, () => close(true), kind, {autofocus: kind === ''})),
], 'narrow') === true;
