import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { tuxProgram } from '../../bot/cli/program.js';
import { supervisorProgram } from '../../supervisor/cli.js';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** The rows of docs/mission.md. */
const rows = read('docs/mission.md')
  .split('\n')
  .filter((line) => /^\| M\d/.test(line))
  .map((line) => {
    const [name = '', works = '', where = '', tests = '', ...more] = line.split('|').slice(1, -1);
    return { name: name.trim(), works: works.trim(), where: where.trim(), tests: tests.trim(), more };
  });

const inBackticks = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, token = '']) => token);
const COMMAND = /^(npx )?tux(-supervisor)? /;

const programs: Record<string, Command> = { tux: tuxProgram(), 'tux-supervisor': supervisorProgram() };

/** Whether a line like `npx tux cog check NAME` is one that the command line takes. */
function isCommand(line: string): boolean {
  const [program = '', ...words] = line.replace(/^npx /, '').split(' ');
  let command = programs[program];
  while (command && command.commands.length > 0) {
    const word = words.shift();
    command = command.commands.find((candidate) => candidate.name() === word);
  }
  const takes = command?.registeredArguments.length ?? 0;
  const hasOption = (word: string) => command?.options.some(({ long }) => long === word);
  return command !== undefined && words.every((word) => (word.startsWith('--') ? hasOption(word) : takes > 0));
}

describe('docs/mission.md', () => {
  it('has every row once, in order, and each is complete', () => {
    expect(rows.map(({ name }) => name)).toEqual(Array.from({ length: 61 }, (_, index) => `M${index + 1}`));
    for (const { name, works, where, tests, more } of rows) {
      expect(
        [works, where, tests].map((cell) => cell.length > 0),
        name,
      ).toEqual([true, true, true]);
      expect(more, name).toEqual([]);
    }
  });

  it.each(rows)('names files and commands that there are ($name)', ({ works, where }) => {
    for (const token of inBackticks(where)) {
      if (!COMMAND.test(token)) expect(existsSync(join(root, token)), token).toBe(true);
    }
    expect(where.replaceAll(/`[^`]+`/g, '').trim()).toBe('');
    for (const token of inBackticks(works + where)) if (COMMAND.test(token)) expect(isCommand(token), token).toBe(true);
  });

  it.each(rows)('names tests that there are ($name)', ({ tests }) => {
    for (const entry of tests.split('<br>')) {
      const [, file, title] = /^`(tests\/[\w/-]+\.test\.ts)` › "([^"]+)"$/.exec(entry) ?? [];
      expect(file, entry).toBeDefined();
      expect(
        titlesIn(file ?? '').some((one) => one.includes(title ?? '')),
        entry,
      ).toBe(true);
    }
  });
});

/** Titles as they are written in a file: what is called with a text and then a function. */
function titlesIn(file: string): string[] {
  const titles = /\(\s*(['"`])((?:(?!\1).)+)\1,\s*(?:\{[^}]*\},\s*)?(?:async )?(?:\([^)]*\)|\w+) =>/g;
  return [...read(file).matchAll(titles)].map(([, , title = '']) => title);
}
