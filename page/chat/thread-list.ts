import type { ChatMessage } from '../../shared/control/page-api.js';
import { element } from '../dom.js';
import { continues } from './chat-thread.js';
import { refreshTimeMarks } from './markdown-view.js';
import { type MessageContext, messageView } from './message-view.js';

const AT_END = 32;

/** The messages of a conversation. Elements of messages that did not change stay, with the focus and what is selected in them. */
export class ThreadList {
  readonly element: HTMLElement;
  readonly #list = element('ol');
  readonly #use: MessageContext['use'];
  /** The element of each message, and what it was made of. */
  #made = new Map<
    string,
    { readonly message: ChatMessage; readonly continues: boolean; readonly element: HTMLElement }
  >();

  constructor(use: MessageContext['use']) {
    this.#use = use;
    this.element = element('div', {
      class: 'thread',
      attributes: { role: 'log', 'aria-label': 'Messages', tabindex: 0 },
    });
    this.element.append(this.#list);
  }

  show(thread: readonly ChatMessage[], now: number): void {
    const { scrollTop, clientHeight, scrollHeight } = this.element;
    const wasAtEnd = scrollTop + clientHeight >= scrollHeight - AT_END;
    const focused = (document.activeElement as HTMLElement | null)?.dataset.customId;
    const focusedIn = this.#messageOf(document.activeElement);
    const before = this.#made;
    this.#made = new Map();
    for (const [index, message] of thread.entries()) {
      const goesOn = continues(message, thread[index - 1]);
      const known = before.get(message.id);
      const isSame = known?.message === message && known.continues === goesOn;
      const original = thread.find(({ id }) => id === message.replyTo) ?? null;
      const item = isSame ? known.element : messageView(message, { continues: goesOn, original, now, use: this.#use });
      this.#made.set(message.id, { message, continues: goesOn, element: item });
      const there = this.#list.children[index];
      if (there !== item) this.#list.insertBefore(item, there ?? null);
    }
    while (this.#list.childElementCount > thread.length) this.#list.lastElementChild?.remove();
    if (focused !== undefined && focusedIn !== undefined) this.#restoreFocus(focusedIn, focused);
    if (wasAtEnd) this.scrollToEnd();
  }

  scrollToEnd(): void {
    this.element.scrollTop = this.element.scrollHeight;
  }

  refreshTimes(now: number): void {
    refreshTimeMarks(this.#list, now);
  }

  #messageOf(target: Element | null): string | undefined {
    if (target === null || !this.#list.contains(target)) return undefined;
    return [...this.#made.values()].find(({ element: item }) => item.contains(target))?.message.id;
  }

  /** The button that was just pressed may be part of a message that was edited since. */
  #restoreFocus(messageId: string, customId: string): void {
    const item = this.#made.get(messageId)?.element;
    if (item === undefined || item.contains(document.activeElement)) return;
    item.querySelector<HTMLElement>(`[data-custom-id="${CSS.escape(customId)}"]`)?.focus();
  }
}
