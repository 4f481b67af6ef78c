import { describe, expect, it } from 'vitest';
import { newName } from '../../../../../bot/cogs/snippets/snippet-name.js';
import { snippetsCog } from '../../../../../bot/cogs/snippets/snippets-cog.js';

describe('the name of a snippet', () => {
  it.each([
    ['rules', 'rules'],
    ['Rules', 'rules'],
    ['ÄRGER', 'ärger'],
    ['e\u0301te\u0301', '\u00e9t\u00e9'], // typed with combining accents
    ['4-eyes_2', '4-eyes_2'],
    ['規則', '規則'],
    ['x'.repeat(50), 'x'.repeat(50)],
  ])('%s is written %s', (typed, name) => {
    expect(newName(typed)).toBe(name);
  });

  it.each(['', '-x', 'a b', 'a`b', '<@1>', '@everyone', 'x'.repeat(51), 'a\nb'])('is not %j', (typed) => {
    expect(() => newName(typed)).toThrow(/1 to 50 letters/);
  });

  it('is none of the sub-commands', () => {
    const [group] = snippetsCog.commands;
    const names = group?.kind === 'group' ? group.commands.flatMap(({ name, aliases }) => [name, ...aliases]) : [];
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) expect(() => newName(name.toUpperCase()), name).toThrow(/sub-command/);
  });
});
