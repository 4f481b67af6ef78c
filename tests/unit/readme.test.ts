import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environmentSchema, isReloadable, type SettingName } from '../../shared/config/schema.js';

const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');
const table = readme.slice(readme.indexOf('<!-- settings:begin'), readme.indexOf('<!-- settings:end'));
const rows = [...table.matchAll(/^\| `(\w+)` (↻ )?\| (.+?) \| /gm)].map(([, name = '', mark, fallback = '']) => ({
  name,
  isMarked: mark !== undefined,
  fallback,
}));

describe('the table of settings in the README', () => {
  it('names every setting, in the order of the schema, and nothing else', () => {
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(environmentSchema.shape));
  });

  it('marks those that a reload applies', () => {
    const reloadable = Object.keys(environmentSchema.shape).filter((name) => isReloadable(name as SettingName));
    expect(rows.filter(({ isMarked }) => isMarked).map(({ name }) => name)).toEqual(reloadable);
  });

  it('gives the defaults that the schema gives', () => {
    const parsed: Record<string, unknown> = environmentSchema.parse({ DISCORD_TOKEN: 'x' });
    for (const { name, fallback } of rows) {
      const literal = /^`(.+)`$/.exec(fallback)?.[1];
      if (literal !== undefined && !literal.startsWith('./')) expect(String(parsed[name]), name).toBe(literal);
    }
  });
});
