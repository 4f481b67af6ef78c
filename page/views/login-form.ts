import type { Actions } from '../../shared/control/page-api.js';
import { api, explain } from '../api.js';
import { button, element, setText } from '../dom.js';

/** Asks for TUX_HTTP_TOKEN. `onLogin` is told what one may do then. @param id no other form of the page has it. */
export function loginForm(
  id: string,
  onLogin: (actions: Actions) => void,
  onCancel: (() => void) | null,
): HTMLFormElement {
  const input = element('input', {
    attributes: {
      type: 'password',
      id: `${id}-token`,
      autocomplete: 'current-password',
      required: true,
      'aria-describedby': `${id}-error`,
    },
  });
  const error = element('p', { class: 'error', attributes: { id: `${id}-error`, role: 'alert' } });
  const submit = element('button', { class: 'primary', attributes: { type: 'submit' } }, 'Log in');
  const form = element('form', 'login');
  const buttons = element('div', 'dialog-buttons', onCancel ? button('Cancel', onCancel) : null, submit);
  form.append(
    element('label', { attributes: { for: `${id}-token` } }, 'Token (TUX_HTTP_TOKEN)'),
    input,
    error,
    buttons,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void logIn();
  });

  async function logIn(): Promise<void> {
    setText(error, '');
    submit.disabled = true;
    try {
      const { actions } = await api.login(input.value);
      input.value = '';
      onLogin(actions);
    } catch (problem) {
      setText(error, explain(problem));
      input.select();
    } finally {
      submit.disabled = false;
    }
  }
  return form;
}

/** The form in a dialog. @returns what one may do after the login; null when there was none. */
export function askForToken(): Promise<Actions | null> {
  return new Promise((resolve) => {
    const dialog = element('dialog', { class: 'question', attributes: { 'aria-labelledby': 'login-title' } });
    const finish = (actions: Actions | null) => {
      resolve(actions);
      dialog.close();
    };
    dialog.append(
      element('h2', { attributes: { id: 'login-title' } }, 'Log in'),
      element('p', {}, 'Whoever knows the token may restart, stop and reload Tux from here.'),
      loginForm('login', finish, () => finish(null)),
    );
    dialog.addEventListener('close', () => {
      resolve(null);
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
