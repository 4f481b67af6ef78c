import { describe, expect, it } from 'vitest';
import { type Block, type Inline, parseMarkdown } from '../../../../page/chat/markdown.js';

const text = (words: string): Inline => ({ kind: 'text', text: words });

/** The pieces of a text that is one paragraph. */
function inline(source: string): readonly Inline[] {
  const [block, ...others] = parseMarkdown(source);
  expect(others).toEqual([]);
  return block?.kind === 'paragraph' ? block.children : [];
}

/** Every text in a tree. */
function textsOf(tree: unknown): string {
  if (Array.isArray(tree)) return tree.map(textsOf).join('');
  if (typeof tree !== 'object' || tree === null) return '';
  const node = tree as Partial<Record<string, unknown>>;
  return (typeof node.text === 'string' ? node.text : '') + textsOf(node.children) + textsOf(node.items);
}

describe('parseMarkdown: in a line', () => {
  it.each([
    ['**bold**', 'strong'],
    ['*leaning*', 'em'],
    ['_leaning_', 'em'],
    ['__under__', 'underline'],
    ['~~gone~~', 'strike'],
    ['||secret||', 'spoiler'],
  ])('%s is %s', (source, kind) => {
    expect(inline(source)).toEqual([{ kind, children: [text(source.replace(/[*_~|]/g, ''))] }]);
  });

  it('nests', () => {
    expect(inline('**a *b* c**')).toEqual([
      { kind: 'strong', children: [text('a '), { kind: 'em', children: [text('b')] }, text(' c')] },
    ]);
    expect(inline('***both***')).toEqual([{ kind: 'strong', children: [{ kind: 'em', children: [text('both')] }] }]);
  });

  it('leaves code as it is', () => {
    expect(inline('`**a** <t:1>` and ``b`c``')).toEqual([
      { kind: 'code', text: '**a** <t:1>' },
      text(' and '),
      { kind: 'code', text: 'b`c' },
    ]);
  });

  it.each(['snake_case_name', '2 * 3 * 4', 'a ** b', '<b>&amp;', '1 < 2 > 1', '$ping @owner #general', '***'])(
    'leaves %s alone',
    (source) => {
      expect(inline(source)).toEqual([text(source)]);
    },
  );

  it('a backslash takes the meaning away', () => {
    expect(inline(String.raw`\*not\* \`this\``)).toEqual([text('*not* `this`')]);
  });

  it('knows links, and only of the web', () => {
    expect(inline('see https://a.example/b_c_d, please')).toEqual([
      text('see '),
      { kind: 'link', url: 'https://a.example/b_c_d', children: [text('https://a.example/b_c_d')] },
      text(', please'),
    ]);
    expect(inline('[docs](https://a.example/x)')).toEqual([
      { kind: 'link', url: 'https://a.example/x', children: [text('docs')] },
    ]);
    expect(inline('<https://a.example>')[0]).toMatchObject({ kind: 'link', url: 'https://a.example' });
    expect(inline('[no](javascript:alert(1))')).toEqual([text('[no](javascript:alert(1))')]);
  });

  it('knows marks of time and emojis of servers', () => {
    expect(inline('<t:1700000000:R> <t:5> <:tux_success:123456789012345678>')).toEqual([
      { kind: 'moment', at: 1_700_000_000_000, style: 'R' },
      text(' '),
      { kind: 'moment', at: 5_000, style: 'f' },
      text(' '),
      { kind: 'emoji', name: 'tux_success' },
    ]);
  });
});

describe('parseMarkdown: lines', () => {
  const kinds = (source: string) => parseMarkdown(source).map(({ kind }) => kind);

  it('line breaks stay', () => {
    expect(inline('a\nb')).toEqual([text('a'), { kind: 'break' }, text('b')]);
    expect(inline('\na\n')).toEqual([text('a')]);
  });

  it('knows headings, small print, quotes and lists', () => {
    const blocks = parseMarkdown('# One\n-# small\n> said\n> so\n- a\n* b\n1. c');
    expect(blocks).toEqual<Block[]>([
      { kind: 'heading', level: 1, children: [text('One')] },
      { kind: 'heading', level: 0, children: [text('small')] },
      { kind: 'quote', children: [text('said'), { kind: 'break' }, text('so')] },
      { kind: 'list', isOrdered: false, items: [[text('a')], [text('b')]] },
      { kind: 'list', isOrdered: true, items: [[text('c')]] },
    ]);
  });

  it('code between fences is kept to the letter, without the name of its language', () => {
    expect(parseMarkdown('before\n```js\nconst a = **1**;\n\nb\n```\nafter')).toEqual([
      { kind: 'paragraph', children: [text('before')] },
      { kind: 'code', text: 'const a = **1**;\n\nb' },
      { kind: 'paragraph', children: [text('after')] },
    ]);
    expect(parseMarkdown('```one line```')).toEqual([{ kind: 'code', text: 'one line' }]);
  });

  it('a fence without an end is text', () => {
    expect(kinds('```\nnever closed')).toEqual(['paragraph']);
  });

  it('nothing is nothing', () => {
    expect(parseMarkdown('')).toEqual([]);
  });

  it('takes its time in proportion, whatever somebody writes', () => {
    const nasty = ['*', '_', '**', '||', '`', '<t:', '[a](', '> '].map((piece) => piece.repeat(4_000 / piece.length));
    const startedAt = performance.now();
    for (const source of nasty) parseMarkdown(source);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it('no word is lost on the way', () => {
    expect(textsOf(parseMarkdown('**a** b\n> c\n- d\n```e```\n*f* `g`'))).toBe('a bcdef g');
  });
});
