import type { ChatMessage } from '../../shared/control/page-api.js';
import { button, element, svgElement } from '../dom.js';
import { formatMoment } from '../format.js';
import { icon } from '../icons.js';
import { excerptOf } from './chat-thread.js';
import { markdownNodes } from './markdown-view.js';

/** What a message needs to know of its surroundings. */
export interface MessageContext {
  /** It goes on below the one before it. */
  readonly continues: boolean;
  /** The message that it answers, when it is still there. */
  readonly original: ChatMessage | null;
  readonly now: number;
  /** Presses a button, or picks from a menu. */
  readonly use: (message: ChatMessage, customId: string, values?: string[]) => void;
}

/** A message as a list item: its author, its text, and its buttons and menus. */
export function messageView(message: ChatMessage, context: MessageContext): HTMLElement {
  const { continues, original, now } = context;
  const made = element('li', { class: continues ? 'message continues' : 'message' });
  if (message.command) made.append(line('command', `${message.command.user} used /${message.command.name}`));
  else if (message.replyTo !== null) {
    const words = original ? `${original.author.name}: ${excerptOf(original)}` : 'an older message';
    made.append(line('reply', words));
  }
  if (!continues) made.append(avatar(message), byline(message, now));
  const body = element('div', 'message-body', ...markdownNodes(message.text, now));
  body.append(...message.embeds.map((embed) => embedView(embed, now)));
  body.append(...message.files.map((name) => element('p', 'file', icon('file'), name)));
  body.append(...message.rows.map((row) => componentRow(message, row, context)));
  if (message.editedAt !== null && continues) body.append(edited());
  if (message.reactions.length > 0) {
    body.append(
      element(
        'p',
        'reactions',
        ...message.reactions.map(({ emoji, count }) => element('span', {}, `${emoji} ${count}`)),
      ),
    );
  }
  if (message.isPrivate) body.append(element('p', 'only-you', icon('lock'), privateWords(message)));
  made.append(body);
  return made;
}

function line(className: string, words: string): HTMLElement {
  return element('p', `message-line ${className}`, icon('reply'), element('span', {}, words));
}

/** How many colours the style sheet has for people. */
const HUES = 5;

function avatar({ author: { name, isBot } }: ChatMessage): HTMLElement {
  const hue = [...name].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % HUES;
  const look = isBot ? 'bot' : `hue-${hue}`;
  return element(
    'span',
    { class: `avatar ${look}`, attributes: { 'aria-hidden': 'true' } },
    name.charAt(0).toUpperCase(),
  );
}

function edited(): HTMLElement {
  return element('span', 'edited', '(edited)');
}

function byline({ author, at, editedAt }: ChatMessage, now: number): HTMLElement {
  const time = element('time', { class: 'muted', attributes: { datetime: at } }, formatMoment(Date.parse(at), now));
  return element(
    'p',
    'byline',
    element('strong', {}, author.name),
    author.isBot && element('span', 'tag', 'bot'),
    time,
    editedAt !== null && edited(),
  );
}

function privateWords({ command }: ChatMessage): string {
  return command === null ? 'Only one person sees this' : `Only ${command.user} sees this`;
}

function embedView(embed: ChatMessage['embeds'][number], now: number): HTMLElement {
  const bar = svgElement('svg', { class: 'embed-bar', 'aria-hidden': 'true' });
  bar.append(
    svgElement('rect', { width: '100%', height: '100%', fill: embed.color, class: embed.color ? null : 'plain' }),
  );
  const made = element('div', 'embed', bar);
  if (embed.author !== null) made.append(element('p', 'embed-author', embed.author));
  if (embed.title !== null) made.append(element('p', 'embed-title', ...flat(markdownNodes(embed.title, now))));
  if (embed.description !== null) made.append(element('div', {}, ...markdownNodes(embed.description, now)));
  if (embed.fields.length > 0) {
    const fields = embed.fields.map(({ name, value, inline }) =>
      element('div', inline ? 'inline' : '', element('dt', {}, name), element('dd', {}, ...markdownNodes(value, now))),
    );
    made.append(element('dl', 'embed-fields', ...fields));
  }
  if (embed.footer !== null) made.append(element('p', 'embed-footer', embed.footer));
  return made;
}

/** A paragraph cannot be in a paragraph. */
function flat(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => [...node.childNodes]);
}

type Component = ChatMessage['rows'][number][number];

function componentRow(message: ChatMessage, row: readonly Component[], { use }: MessageContext): HTMLElement {
  return element('div', 'components', ...row.map((component) => componentView(message, component, use)));
}

function componentView(message: ChatMessage, component: Component, use: MessageContext['use']): HTMLElement {
  if (component.kind === 'menu') return menuView(message, component, use);
  const { customId, label, style, isDisabled } = component;
  const made = button(label, () => customId !== null && use(message, customId), {
    class: `component ${style}`,
    attributes: { disabled: isDisabled || customId === null, 'data-custom-id': customId },
  });
  if (customId === null) made.title = 'A link: it leads out of the sandbox';
  return made;
}

function menuView(message: ChatMessage, menu: Component & { kind: 'menu' }, use: MessageContext['use']): HTMLElement {
  const attributes = { 'aria-label': menu.label || 'Menu', disabled: menu.isDisabled, 'data-custom-id': menu.customId };
  const first = element('option', { attributes: { value: '' } }, menu.label || 'Choose');
  const made = element('select', { class: 'component', attributes }, first);
  // Values are told by their place: one can be any text, the empty one too.
  made.append(...menu.options.map(({ label }, index) => element('option', { attributes: { value: index } }, label)));
  made.addEventListener('change', () => {
    const option = menu.options[Number(made.value)];
    if (made.value !== '' && option) use(message, menu.customId, [option.value]);
    made.value = '';
  });
  return made;
}
