import { element } from '../dom.js';
import { type Block, type Inline, parseMarkdown } from './markdown.js';
import { formatTimeMark } from './time-mark.js';

/** Discord's Markdown as elements. @param now for marks of time like "in 5 minutes"; see {@link refreshTimeMarks}. */
export function markdownNodes(text: string, now: number): Node[] {
  return parseMarkdown(text).map((block) => blockNode(block, now));
}

function blockNode(block: Block, now: number): Node {
  switch (block.kind) {
    case 'code':
      return element('pre', 'md-code', element('code', {}, block.text));
    case 'list':
      return element(
        block.isOrdered ? 'ol' : 'ul',
        {},
        ...block.items.map((item) => element('li', {}, ...inlineNodes(item, now))),
      );
    case 'quote':
      return element('blockquote', {}, ...inlineNodes(block.children, now));
    case 'heading':
      // Not a heading of this page: a message must not disturb its outline.
      return element('p', `md-heading-${block.level}`, ...inlineNodes(block.children, now));
    case 'paragraph':
      return element('p', {}, ...inlineNodes(block.children, now));
  }
}

const tags = { strong: 'strong', em: 'em', underline: 'u', strike: 's' } as const;

function inlineNodes(parts: readonly Inline[], now: number): Node[] {
  return parts.map((part) => {
    switch (part.kind) {
      case 'text':
        return document.createTextNode(part.text);
      case 'break':
        return element('br');
      case 'code':
        return element('code', {}, part.text);
      case 'emoji':
        return document.createTextNode(emojiText(part.name));
      case 'moment':
        return timeMark(part.at, part.style, now);
      case 'spoiler':
        return spoiler(inlineNodes(part.children, now));
      case 'link': {
        const attributes = { href: part.url, target: '_blank', rel: 'noreferrer noopener' };
        return element('a', { attributes }, ...inlineNodes(part.children, now));
      }
      default:
        return element(tags[part.kind], {}, ...inlineNodes(part.children, now));
    }
  });
}

/** Pictures of the bot's own emojis are with Discord; these stand for the ones that Tux brings. */
const ownEmojis: Readonly<Record<string, string>> = {
  tux_success: '✅',
  tux_error: '❌',
  tux_warning: '⚠️',
  tux_info: 'ℹ️',
};

function emojiText(name: string): string {
  return ownEmojis[name] ?? `:${name}:`;
}

function timeMark(at: number, style: string, now: number): HTMLElement {
  const isValid = Math.abs(at) < 8.64e15;
  if (!isValid) return element('span', {}, 'some day');
  const attributes = {
    datetime: new Date(at).toISOString(),
    title: formatTimeMark(at, 'F', now),
    'data-at': at,
    'data-style': style,
  };
  return element('time', { attributes }, formatTimeMark(at, style, now));
}

/** Brings the marks that count up or down to the present. */
export function refreshTimeMarks(root: HTMLElement, now: number): void {
  for (const mark of root.querySelectorAll<HTMLElement>('time[data-style="R"]')) {
    const text = formatTimeMark(Number(mark.dataset.at), 'R', now);
    if (mark.textContent !== text) mark.textContent = text;
  }
}

function spoiler(children: readonly Node[]): HTMLElement {
  const inside = element('span', { attributes: { hidden: true } }, ...children);
  const made = element(
    'button',
    { class: 'spoiler', attributes: { type: 'button', 'aria-expanded': 'false' } },
    'Spoiler',
    inside,
  );
  made.addEventListener('click', () => {
    made.replaceWith(element('span', 'spoiler-shown', ...children));
  });
  return made;
}
