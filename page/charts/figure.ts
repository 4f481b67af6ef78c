import { element, setText } from '../dom.js';

/** A card's figure: the value now, or where the reader points. */
export function figure(): { readonly element: HTMLElement; show(value: string, more: string): void } {
  const value = element('strong');
  const more = element('span', 'muted');
  return {
    element: element('p', 'card-figure', value, ' ', more),
    show(text, rest) {
      setText(value, text);
      setText(more, rest);
    },
  };
}
