/** Discord's Markdown as a tree, from which the page makes elements. Pure: it never makes HTML. */

/** A piece of text within a block, as it is formatted. */
export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'em' | 'underline' | 'strike' | 'spoiler'; readonly children: readonly Inline[] }
  | { readonly kind: 'link'; readonly url: string; readonly children: readonly Inline[] }
  /** `style` is Discord's letter: R is relative, d/D a date, t/T a time of day, all others both. */
  | { readonly kind: 'moment'; readonly at: number; readonly style: string }
  | { readonly kind: 'emoji'; readonly name: string }
  | { readonly kind: 'break' };

/** A part of a message that stands on lines of its own, such as a list. */
export type Block =
  | { readonly kind: 'paragraph'; readonly children: readonly Inline[] }
  /** `level` 1 to 3; 0 is Discord's small print. */
  | { readonly kind: 'heading'; readonly level: 0 | 1 | 2 | 3; readonly children: readonly Inline[] }
  | { readonly kind: 'quote'; readonly children: readonly Inline[] }
  | { readonly kind: 'list'; readonly isOrdered: boolean; readonly items: readonly (readonly Inline[])[] }
  | { readonly kind: 'code'; readonly text: string };

/** The blocks of a message, in their order. Marks that are not closed stay text, as in Discord. */
export function parseMarkdown(text: string): Block[] {
  const blocks: Block[] = [];
  let rest = text;
  for (let fence = FENCE.exec(rest); fence; fence = FENCE.exec(rest)) {
    blocks.push(...lineBlocks(rest.slice(0, fence.index)), { kind: 'code', text: fence.groups?.code ?? '' });
    rest = rest.slice(fence.index + fence[0].length).replace(/^\n/, '');
  }
  return [...blocks, ...lineBlocks(rest)];
}

/** The first line can name a language, which is not shown. */
const FENCE = /```(?:[\w+-]+\n|\n)?(?<code>[\s\S]+?)\n?```/;
const HEADING = /^(?<marks>#{1,3}|-#) +(?<text>\S.*)$/;
const QUOTE = /^> (?<text>.*)$/;
const BULLET = /^ *[-*] +(?<text>\S.*)$/;
const NUMBERED = /^ *\d+\. +(?<text>\S.*)$/;

function lineBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  for (const line of text.split('\n')) addLine(blocks, line);
  return blocks.map(withoutLastBreak).filter((block) => block.kind !== 'paragraph' || block.children.length > 0);
}

/** Lines of the same kind grow together. */
function addLine(blocks: Block[], line: string): void {
  const last = blocks.at(-1);
  const replaceLast = (block: Block) => blocks.splice(-1, 1, block);
  const heading = HEADING.exec(line)?.groups;
  const quote = QUOTE.exec(line)?.groups?.text;
  const bullet = BULLET.exec(line)?.groups?.text;
  const numbered = NUMBERED.exec(line)?.groups?.text;
  if (heading) {
    const level = heading.marks === '-#' ? 0 : ((heading.marks?.length ?? 1) as 1 | 2 | 3);
    blocks.push({ kind: 'heading', level, children: parseInline(heading.text ?? '') });
  } else if (quote !== undefined) {
    if (last?.kind === 'quote')
      replaceLast({ ...last, children: [...last.children, { kind: 'break' }, ...parseInline(quote)] });
    else blocks.push({ kind: 'quote', children: parseInline(quote) });
  } else if (bullet !== undefined || numbered !== undefined) {
    const isOrdered = bullet === undefined;
    const item = parseInline(bullet ?? numbered ?? '');
    if (last?.kind === 'list' && last.isOrdered === isOrdered) replaceLast({ ...last, items: [...last.items, item] });
    else blocks.push({ kind: 'list', isOrdered, items: [item] });
  } else if (last?.kind === 'paragraph') {
    replaceLast({ ...last, children: [...last.children, { kind: 'break' }, ...parseInline(line)] });
  } else {
    blocks.push({ kind: 'paragraph', children: parseInline(line) });
  }
}

function withoutLastBreak(block: Block): Block {
  if (block.kind !== 'paragraph') return block;
  const end = block.children.findLastIndex(({ kind }) => kind !== 'break') + 1;
  const start = block.children.findIndex(({ kind }) => kind !== 'break');
  return { ...block, children: block.children.slice(Math.max(0, start), end) };
}

/** In this order: what is in code is not looked at again, and `**` comes before `*`. */
const INLINE = new RegExp(
  [
    String.raw`\\(?<escaped>[\\*_~|\`>#\-\[\]()<:@])`,
    '``(?<code2>.+?)``',
    '`(?<code>[^`\\n]+)`',
    String.raw`\*\*(?<strong>.+?)\*\*(?!\*)`,
    '__(?<underline>.+?)__(?!_)',
    '~~(?<strike>.+?)~~',
    String.raw`\|\|(?<spoiler>.+?)\|\|`,
    String.raw`\*(?<em>[^\s*](?:.*?[^\s*])?)\*(?!\*)`,
    String.raw`(?<![A-Za-z\d_])_(?<em2>[^\s_](?:.*?[^\s_])?)_(?![A-Za-z\d_])`,
    String.raw`\[(?<label>[^\]\n]+)\]\((?<target>https?:\/\/[^\s)]+)\)`,
    String.raw`<(?<bracketed>https?:\/\/[^\s>]+)>`,
    String.raw`(?<url>https?:\/\/[^\s<>]*[^\s<>.,:;!?)\]'"])`,
    String.raw`<t:(?<moment>-?\d{1,13})(?::(?<style>[tTdDfFR]))?>`,
    String.raw`<a?:(?<emoji>\w+):\d+>`,
  ].join('|'),
  's',
);

function parseInline(text: string): Inline[] {
  const found: Inline[] = [];
  const addText = (more: string) => {
    const last = found.at(-1);
    if (more === '') return;
    if (last?.kind === 'text') found.splice(-1, 1, { kind: 'text', text: last.text + more });
    else found.push({ kind: 'text', text: more });
  };
  let rest = text;
  for (let match = INLINE.exec(rest); match; match = INLINE.exec(rest)) {
    addText(rest.slice(0, match.index));
    const piece = pieceOf(match.groups ?? {});
    if (piece.kind === 'text') addText(piece.text);
    else found.push(piece);
    rest = rest.slice(match.index + match[0].length);
  }
  addText(rest);
  return found;
}

function pieceOf(groups: Readonly<Record<string, string | undefined>>): Inline {
  const { escaped, code, code2, label, target, moment, style, emoji } = groups;
  if (escaped !== undefined) return { kind: 'text', text: escaped };
  if (code !== undefined || code2 !== undefined) return { kind: 'code', text: (code2 ?? code ?? '').trim() };
  if (label !== undefined && target !== undefined)
    return { kind: 'link', url: target, children: parseInline(label.replace(/https?:\/\//g, '')) };
  if (moment !== undefined) return { kind: 'moment', at: Number(moment) * 1_000, style: style ?? 'f' };
  if (emoji !== undefined) return { kind: 'emoji', name: emoji };
  const url = groups.bracketed ?? groups.url;
  if (url !== undefined) return { kind: 'link', url, children: [{ kind: 'text', text: url }] };
  for (const kind of ['strong', 'underline', 'strike', 'spoiler'] as const) {
    const inside = groups[kind];
    if (inside !== undefined) return { kind, children: parseInline(inside) };
  }
  return { kind: 'em', children: parseInline(groups.em ?? groups.em2 ?? '') };
}
