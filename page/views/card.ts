import { type Child, element } from '../dom.js';

/** A section with a heading; `aside` stands beside the heading. */
export function card(
  id: string,
  title: string,
  { class: className = '', aside = [] }: { class?: string; aside?: readonly Child[] },
  ...children: readonly Child[]
): HTMLElement {
  const heading = element('h2', { attributes: { id: `${id}-title` } }, title);
  return element(
    'section',
    { class: `card ${className}`.trim(), attributes: { id, 'aria-labelledby': `${id}-title` } },
    element('div', 'card-head', heading, ...aside),
    ...children,
  );
}
