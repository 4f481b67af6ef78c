import { type Child, element } from '../dom.js';
import type { Tone } from '../headline.js';
import { toneIcon } from '../icons.js';

/** One line of a {@link factList}: a name and its value. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  /** Said with a sign and a colour as well. */
  readonly tone?: Tone | null;
  /** Written as code: an id, a path. */
  readonly isCode?: boolean;
}

/** Names and values, one below the other or side by side as the style sheet has it. */
export function factList(className = ''): { readonly element: HTMLElement; show(facts: readonly Fact[]): void } {
  const list = element('dl', `facts ${className}`.trim());
  let shown = '';
  return {
    element: list,
    show(facts) {
      const now = JSON.stringify(facts);
      if (now === shown) return; // what somebody has selected stays selected
      shown = now;
      list.replaceChildren(
        ...facts.map(({ name, ...fact }) => element('div', {}, element('dt', {}, name), value(fact))),
      );
    },
  };
}

function value({ value: text, tone, isCode }: Omit<Fact, 'name'>): HTMLElement {
  const words: Child = isCode ? element('code', {}, text) : text;
  if (!tone) return element('dd', {}, words);
  return element('dd', `tone-${tone}`, toneIcon(tone), words);
}
