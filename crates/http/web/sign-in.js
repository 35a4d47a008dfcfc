// Signing up and signing in.

import {h} from './dom.js';

/** The page of somebody who is not signed in. */
export function signIn(parlor, {notice, invited, done}) {
  let makesAccount = !localStorage.getItem('parlor.known');
  const frame = h('main', {class: 'entrance'});
  const render = () => frame.replaceChildren(h('div', {class: 'entrance-card'},
    h('div', {class: 'brand'}, h('img', {src: new URL('web/icon.svg', document.baseURI).href, alt: '', width: 40, height: 40}), h('span', {}, 'Parlor')),
    h('h1', {}, makesAccount ? 'Create your account' : 'Welcome back'),
    notice && h('p', {class: 'notice', role: 'status'}, notice),
    invited && !notice && h('p', {class: 'notice'}, 'Somebody sent you a link to a chat. Sign in to join it.'),
    form(makesAccount),
    h('p', {class: 'switch'}, makesAccount ? 'You have one already? ' : 'New here? ',
      h('button', {class: 'button text', type: 'button', onclick: () => { makesAccount = !makesAccount; notice = null; render(); frame.querySelector('input').focus(); }},
        makesAccount ? 'Sign in' : 'Create an account'))));

  function form(makes) {
    const fields = {
      email: field('Email', 'email', {type: 'email', autocomplete: makes ? 'email' : 'username', maxLength: 254}),
      ...(makes && {username: field('User name', 'username', {autocomplete: 'nickname', maxLength: 255}, 'What others see. Any script, spaces too.')}),
      password: field('Password', 'password', {type: 'password', autocomplete: makes ? 'new-password' : 'current-password', maxLength: 128},
        makes ? 'At least 8 characters.' : undefined),
    };
    const all = h('p', {class: 'error', role: 'alert', hidden: true});
    const submit = h('button', {class: 'button wide', type: 'submit'}, makes ? 'Create account' : 'Sign in');
    const element = h('form', {class: 'form', noValidate: true, onsubmit: event => { event.preventDefault(); send(); }},
      Object.values(fields).map(one => one.element), all, submit);

    async function send(invite) {
      const values = Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, one.value()]));
      for (const one of Object.values(fields)) one.complain(null);
      all.hidden = true;
      submit.disabled = true;
      try {
        const account = makes ? await parlor.signUp({...values, invite}) : await parlor.logIn(values.email, values.password);
        localStorage.setItem('parlor.known', '1');
        done(account);
      } catch (error) {
        complain(error);
      } finally {
        submit.disabled = false;
      }
    }

    function complain(error) {
      let others = error.message;
      for (const [name, [message]] of Object.entries(error.errors ?? {})) {
        // A server that takes new accounts by invitation only.
        if (name === 'invite' && !fields.invite) {
          fields.invite = field('Invitation', 'invite', {autocomplete: 'off'}, 'New accounts need a code here.');
          all.before(fields.invite.element);
        }
        const target = fields[name] ?? (name === 'password2' ? fields.password : null);
        if (target) { target.complain(message); others = null; }
      }
      all.textContent = others ?? '';
      all.hidden = others === null;
      element.querySelector('[aria-invalid=true]')?.focus();
    }
    return element;
  }

  render();
  setTimeout(() => frame.querySelector('input')?.focus());
  return frame;
}

let fieldCount = 0;

/** A field with its label, a word of help, and room for what is wrong with it. */
export function field(label, name, properties = {}, help = undefined) {
  const id = `field-${++fieldCount}`;
  const error = h('span', {class: 'error', id: `${id}-error`, hidden: true});
  const input = h('input', {id, name, class: 'input', 'aria-describedby': `${id}-error${help ? ` ${id}-help` : ''}`, ...properties});
  return {
    element: h('div', {class: 'field'}, h('label', {for: id}, label), input, help && h('span', {class: 'help', id: `${id}-help`}, help), error),
    input,
    value: () => input.value,
    complain(message) {
      error.textContent = message ?? '';
      error.hidden = !message;
      if (message) input.setAttribute('aria-invalid', 'true'); else input.removeAttribute('aria-invalid');
    },
  };
}
