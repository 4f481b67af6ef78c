/** Making elements. Text is only ever set as text: nothing that a log or a person wrote becomes markup. */

/** A child of an element; null and false are left out, so that a condition can stand in a list of children. */
export type Child = Node | string | null | false;

export interface ElementOptions {
  readonly class?: string;
  /** Attributes; null leaves one out, true sets it without a value. */
  readonly attributes?: Readonly<Record<string, string | number | boolean | null>>;
}

/** Makes an HTML element with its children. @param options class and attributes; a string is the class. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  options: ElementOptions | string = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  const { class: className, attributes = {} } = typeof options === 'string' ? { class: options } : options;
  if (className) made.className = className;
  setAttributes(made, attributes);
  made.append(...children.filter(isShown));
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

/** Makes an SVG element with its children. */
export function svgElement<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: NonNullable<ElementOptions['attributes']> = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS(SVG, tag);
  setAttributes(made, attributes);
  made.append(...children.filter(isShown));
  return made;
}

/** Sets and removes attributes, see {@link ElementOptions}. */
export function setAttributes(target: Element, attributes: NonNullable<ElementOptions['attributes']>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) target.removeAttribute(name);
    else target.setAttribute(name, value === true ? '' : String(value));
  }
}

/** Sets a text when it is another one: a screen reader is told of changes only, and a selection stays. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

function isShown(child: Child): child is Node | string {
  return child !== null && child !== false;
}

/** A button with words. It submits nothing. */
export function button(label: string, onClick: () => void, options: ElementOptions = {}): HTMLButtonElement {
  const made = element('button', { ...options, attributes: { type: 'button', ...options.attributes } }, label);
  made.addEventListener('click', onClick);
  return made;
}
