import { button, element } from '../dom.js';

/** Worth trying first. */
const suggestions = ['$ping', '$help', '$queue panel', '$remind 1m tea'];

/** The field in which messages are written, as {@link composer} makes it. */
export interface Composer {
  readonly element: HTMLElement;
  /** @param isNew nothing was said yet: some commands are offered. */
  update(placeholder: string, isNew: boolean): void;
}

/** Where one writes: Enter sends, Shift and Enter begin a line. `send` answers whether it was sent. */
export function composer(send: (text: string) => Promise<boolean>): Composer {
  const input = element('textarea', { attributes: { rows: 1, 'aria-label': 'Message', maxlength: 4_000 } });
  const submit = element('button', { class: 'primary', attributes: { type: 'submit' } }, 'Send');
  const form = element('form', 'composer', input, submit);
  const offers = element('div', 'suggestions', ...suggestions.map((text) => button(text, () => void send(text))));
  const submitText = async () => {
    const text = input.value;
    if (text.trim() === '') return;
    input.value = '';
    if (!(await send(text)) && input.value === '') input.value = text;
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void submitText();
  });
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void submitText();
  });
  return {
    element: element('div', {}, offers, form),
    update(placeholder, isNew) {
      input.placeholder = placeholder;
      offers.hidden = !isNew;
    },
  };
}
