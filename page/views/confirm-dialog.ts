import { button, element } from '../dom.js';

/** The texts of a question that {@link confirm} asks, and whether its answer may do harm. */
export interface Question {
  readonly title: string;
  readonly text: string;
  /** The word on the button that does it. */
  readonly action: string;
  readonly isDangerous: boolean;
  /** A choice, off at first. */
  readonly option: { readonly label: string } | null;
}

/** Asks before something is done. @returns the choice; null when it is not to be done. */
export function confirm(question: Question): Promise<{ readonly option: boolean } | null> {
  const { promise, resolve } = withResolver<{ readonly option: boolean } | null>();
  const checkbox = element('input', { attributes: { type: 'checkbox' } });
  const dialog = element('dialog', { class: 'question', attributes: { 'aria-labelledby': 'question-title' } });
  const go = button(question.action, () => finish({ option: checkbox.checked }), {
    class: question.isDangerous ? 'danger' : 'primary',
  });
  const cancel = button('Cancel', () => finish(null));
  dialog.append(
    element('h2', { attributes: { id: 'question-title' } }, question.title),
    element('p', {}, question.text),
    ...(question.option ? [element('label', 'choice', checkbox, question.option.label)] : []),
    element('div', 'dialog-buttons', cancel, go),
  );
  const finish = (answer: { option: boolean } | null) => {
    resolve(answer);
    dialog.close();
  };
  dialog.addEventListener('close', () => {
    resolve(null);
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  cancel.focus();
  return promise;
}

function withResolver<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
