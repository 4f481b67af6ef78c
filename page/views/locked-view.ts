import { element } from '../dom.js';
import type { View } from '../view.js';
import { loginForm } from './login-form.js';

/** All there is for whoever does not know the token, where the supervisor listens beyond its own machine. */
export function lockedView(onLogin: () => void): View {
  const title = element('h1', {}, 'This page is locked');
  const words = element('p', {}, 'tux-supervisor shows it to whoever knows its token.');
  const made = element('section', { class: 'locked card', attributes: { 'aria-label': 'Log in', hidden: true } });
  made.append(title, words, loginForm('unlock', onLogin, null));
  return {
    element: made,
    update({ link }) {
      made.hidden = link.kind !== 'locked';
    },
  };
}
