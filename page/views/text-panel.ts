import { explain } from '../api.js';
import { button, element, setText } from '../dom.js';

/** A dialog that shows a long text: the report of a hang, the last lines before a crash. */
export class TextPanel {
  readonly element: HTMLDialogElement;
  readonly #title = element('h2', { attributes: { id: 'panel-title' } });
  readonly #text = element('pre', {
    class: 'panel-text',
    attributes: { tabindex: 0, 'aria-labelledby': 'panel-title' },
  });
  readonly #copied = element('span', { class: 'muted', attributes: { role: 'status' } });

  constructor() {
    const close = button('Close', () => this.element.close());
    const copy = button('Copy', () => void this.#copy());
    this.element = element('dialog', { class: 'panel', attributes: { 'aria-labelledby': 'panel-title' } });
    this.element.append(element('div', 'panel-head', this.#title, this.#copied, copy, close), this.#text);
  }

  /** Opens at once and shows the text when it is there, or why it is not. */
  async open(title: string, load: () => Promise<string>): Promise<void> {
    setText(this.#title, title);
    setText(this.#copied, '');
    this.#text.textContent = 'Loading …';
    this.element.showModal();
    try {
      this.#text.textContent = await load();
    } catch (error) {
      this.#text.textContent = explain(error);
    }
    this.#text.focus();
  }

  async #copy(): Promise<void> {
    const text = this.#text.textContent ?? '';
    try {
      await navigator.clipboard.writeText(text);
      setText(this.#copied, 'Copied');
    } catch {
      // Without HTTPS, browsers offer the clipboard on this machine only.
      getSelection()?.selectAllChildren(this.#text);
      setText(this.#copied, 'Selected: press Ctrl-C');
    }
  }
}
