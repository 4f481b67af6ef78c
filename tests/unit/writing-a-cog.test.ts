import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const page = read('docs/writing-a-cog.md');

const FIXTURES = 'tests/fixtures/writing-a-cog/quotes';
const TEST = 'tests/integration/cogs/writing-a-cog.test.ts';

/** The files on the page, by the path that they would have in a checkout. */
const shown = new Map(
  [...page.matchAll(/^`([\w/-]+(?:\.test)?\.ts)`\n\n```ts\n([\s\S]*?)```$/gm)].map(([, path = '', code = '']) => [
    path,
    code,
  ]),
);

/** What stands in the file that is compiled and run, with its imports as they are on the page. */
function compiled(path: string): string {
  if (path.endsWith('.test.ts')) return read(TEST).replaceAll(`'../../fixtures/writing-a-cog/`, `'../../../bot/cogs/`);
  return read(path.replace('bot/cogs/quotes', FIXTURES)).replaceAll(`'../../../../bot/`, `'../../`);
}

describe('docs/writing-a-cog.md', () => {
  it('shows every file of its cog, and its test', () => {
    const files = readdirSync(join(root, FIXTURES)).map((name) => `bot/cogs/quotes/${name}`);
    expect([...shown.keys()].sort()).toEqual([...files, 'tests/integration/cogs/quotes.test.ts'].sort());
  });

  it.each([...shown.keys()])('shows %s as it is compiled and run', (path) => {
    expect(shown.get(path)).toBe(compiled(path));
  });

  it('has no other code that could be wrong but the line that registers the cog, which is like the others', () => {
    const [line, ...others] = [...page.matchAll(/```ts\n([\s\S]*?)```/g)]
      .map(([, code = '']) => code)
      .filter((code) => ![...shown.values()].includes(code));
    expect(others).toEqual([]);
    expect(read('bot/cogs/index.ts')).toContain(line?.replaceAll('quotes', 'config'));
  });
});
