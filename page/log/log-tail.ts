import { button, element } from '../dom.js';
import { icon } from '../icons.js';
import { type LogFilter, passes } from './log-filter.js';
import type { LogLine } from './log-line.js';
import { logRow } from './log-row.js';

/** This close to the end, in pixels, one reads the newest lines. */
const AT_END = 24;

/**
 * The rows of the log. New lines follow unless the reader has scrolled up; lines that are too old to be kept go. One row is
 * reached with Tab, the others with the arrow keys.
 */
export class LogTail {
  readonly element: HTMLElement;
  readonly #list: HTMLElement;
  readonly #toEnd: HTMLButtonElement;
  readonly #empty = element('p', 'muted empty');
  #lastKey = 0;
  #follows = true;

  constructor() {
    this.#list = element('div', {
      class: 'log-list',
      attributes: { role: 'log', 'aria-live': 'off', 'aria-label': 'Lines of the log', tabindex: 0 },
    });
    this.#toEnd = button('Newest', () => this.#scrollToEnd(), { class: 'to-end', attributes: { hidden: true } });
    this.#toEnd.prepend(icon('down'));
    this.element = element('div', 'log-tail', this.#list, this.#empty, this.#toEnd);
    this.#list.addEventListener('scroll', () => {
      const { scrollTop, clientHeight, scrollHeight } = this.#list;
      this.#follows = scrollTop + clientHeight >= scrollHeight - AT_END;
      this.#toEnd.hidden = this.#follows;
    });
    this.#list.addEventListener('keydown', (event) => this.#moveFocus(event));
  }

  /** @returns how many are shown. @param isOther the filter is another one, so that all rows are made anew. */
  show(lines: readonly LogLine[], filter: LogFilter, isOther: boolean): number {
    if (isOther) {
      this.#list.replaceChildren();
      this.#lastKey = 0;
    }
    this.#forgetBefore(lines[0]?.key ?? Number.POSITIVE_INFINITY);
    const fresh = lines.filter((line) => line.key > this.#lastKey && passes(line, filter));
    this.#lastKey = lines.at(-1)?.key ?? this.#lastKey;
    if (fresh.length > 0) {
      this.#list.append(...fresh.map(logRow));
      this.#makeReachable(this.#summaries().at(-1));
    }
    if (this.#follows || isOther) this.#scrollToEnd();
    const shown = this.#list.childElementCount;
    this.#empty.hidden = shown > 0;
    this.#empty.textContent = lines.length === 0 ? 'Nothing has been logged yet.' : 'No line is like that.';
    return shown;
  }

  #forgetBefore(key: number): void {
    for (let first = this.#list.firstElementChild; first; first = this.#list.firstElementChild) {
      if (Number((first as HTMLElement).dataset.key) >= key) return;
      first.remove();
    }
  }

  #scrollToEnd(): void {
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  #summaries(): HTMLElement[] {
    return [...this.#list.querySelectorAll('summary')];
  }

  #moveFocus(event: KeyboardEvent): void {
    const steps: Record<string, number> = { ArrowUp: -1, ArrowDown: 1 };
    const step = steps[event.key];
    const summaries = this.#summaries();
    const index = summaries.indexOf(document.activeElement as HTMLElement);
    if (step === undefined || index === -1) return;
    event.preventDefault();
    const next = summaries[index + step];
    if (next === undefined) return;
    this.#makeReachable(next);
    next.focus();
  }

  /** At most one row is a stop on the way through the page. */
  #makeReachable(summary: HTMLElement | undefined): void {
    if (this.#list.querySelector('summary:focus') !== null && summary !== document.activeElement) {
      if (!summary?.isConnected) return;
    }
    for (const each of this.#list.querySelectorAll('summary[tabindex="0"]')) each.setAttribute('tabindex', '-1');
    summary?.setAttribute('tabindex', '0');
  }
}
