import { describe, expect, it } from 'vitest';
import { findTarget } from '../../../../../bot/cogs/permission/command-target.js';
import { defineCommand, defineCommandGroup } from '../../../../../bot/framework/command.js';
import { CommandRegistry } from '../../../../../bot/framework/command-registry.js';

const command = (name: string, aliases: readonly string[] = []) =>
  defineCommand({ name, aliases, description: 'Test.', run: async () => {} });
const group = (name: string, ...commands: ReturnType<typeof command>[]) =>
  defineCommandGroup({ name, aliases: [`${name}s`], description: 'Test.', commands });

const registry = new CommandRegistry();
for (const one of [
  command('ping', ['p']),
  command('show'),
  group('mod', command('ban', ['hammer']), command('warn')),
  group('queue', command('add'), command('list')),
  group('remind', command('me'), command('list')),
  group('snippet', command('show')),
]) {
  registry.add('test', one);
}

describe('findTarget', () => {
  it.each<[string, string, string[]]>([
    ['ping', 'ping', ['ping']],
    ['$p', 'ping', ['ping']],
    ['mod ban', 'mod ban', ['mod ban']],
    [' /Mods   BAN ', 'mod ban', ['mod ban']],
    ['ban', 'mod ban', ['mod ban']],
    ['hammer', 'mod ban', ['mod ban']],
    ['mod', 'mod', ['mod ban', 'mod warn']],
    ['show', 'show', ['show']], // a command of its own goes before a sub-command of that name
  ])('%j is %s', (typed, name, paths) => {
    const target = findTarget(registry, typed);
    expect(target.name).toBe(name);
    expect(target.commands.map(({ path }) => path)).toEqual(paths);
  });

  it.each<[string, string, string]>([
    ['list', 'There is more than one `list`: `queue list`, `remind list`.', 'with the name of its group'],
    ['bam', 'There is no command `bam`.', 'Did you mean `mod ban`'],
    ['mod baan', 'There is no command `mod baan`.', 'Did you mean `mod ban`'],
    ['ping now', 'There is no command `ping now`.', 'See `help`'],
    ['`x`', "There is no command `x'`.", 'See `help`'],
    ['', 'There is no command ``.', 'See `help`'],
  ])('%j is explained', (typed, message, hint) => {
    const expected = { code: 'TUX_PERMISSION_COMMAND', message, hint: expect.stringContaining(hint) };
    expect(() => findTarget(registry, typed)).toThrow(expect.objectContaining(expected));
  });
});
