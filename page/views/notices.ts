import { button, type Child, element } from '../dom.js';
import type { Tone } from '../headline.js';
import { toneIcon } from '../icons.js';

/** A sentence about what went well needs no answer. */
const SHOWN_MS = 10_000;

/** Messages about what somebody did, in a corner. Bad news and lists stay until they are closed. */
export class Notices {
  readonly element = element('div', { class: 'notices', attributes: { role: 'status' } });

  /** @returns what takes it away. */
  show(tone: Tone, text: string, ...more: Child[]): () => void {
    const made = element('div', `notice tone-${tone}`, toneIcon(tone), element('div', 'notice-words', text, ...more));
    const remove = () => made.remove();
    if (tone !== 'busy') made.append(button('Close', remove, { class: 'quiet' }));
    if (tone === 'good' && more.length === 0) setTimeout(remove, SHOWN_MS);
    this.element.append(made);
    return remove;
  }
}
