import { describe, expect, expectTypeOf, it } from 'vitest';
import { type CommandSpec, defineCommand, defineCommandGroup } from '../../../../bot/framework/command.js';
import { choiceOption, durationOption, integerOption, textOption } from '../../../../bot/framework/options.js';
import { toSlashJson } from '../../../../bot/framework/slash-json.js';
import { groupOverview, prefixUsage, slashUsage } from '../../../../bot/framework/usage.js';

const run = async () => {};
const remindMe = defineCommand({
  name: 'me',
  description: 'Reminds you.',
  options: {
    when: durationOption({ description: 'When', required: true, minMs: 1, maxMs: 10 }),
    text: textOption({ description: 'What', rest: true, maxLength: 50 }),
  },
  run,
});

describe('defineCommand', () => {
  it('types the arguments of run from the options', () => {
    defineCommand({
      name: 'typed',
      description: 'Typed.',
      options: {
        seconds: integerOption({ description: 'Seconds', required: true, min: 1, max: 2 }),
        color: choiceOption({ description: 'Color', choices: ['red', 'blue'] }),
      },
      async run(_ctx, args) {
        expectTypeOf(args.seconds).toEqualTypeOf<number>();
        expectTypeOf(args.color).toEqualTypeOf<'red' | 'blue' | undefined>();
      },
    });
  });

  const text = (required: boolean, rest = false) => textOption({ description: 'Text', required, rest });
  it.each<[string, Partial<CommandSpec<Record<string, ReturnType<typeof text>>>>, RegExp]>([
    ['an upper-case name', { name: 'Ping' }, /must match/],
    ['an alias with a space', { aliases: ['a b'] }, /must match/],
    ['no description', { description: '' }, /0 characters/],
    ['a long description', { description: 'x'.repeat(101) }, /101 characters/],
    ['a required option after an optional one', { options: { a: text(false), b: text(true) } }, /requires 'b' after/],
    ['an option after a rest option', { options: { a: text(true, true), b: text(true) } }, /options after 'a'/],
    ['an option with a bad name', { options: { 'a b': text(true) } }, /option 'a b'/],
    [
      '26 options',
      { options: Object.fromEntries(Array.from({ length: 26 }, (_, n) => [`o${n}`, text(true)])) },
      /more than 25/,
    ],
  ])('refuses %s', (_what, change, problem) => {
    expect(() => defineCommand({ name: 'ping', description: 'Ping.', run, ...change })).toThrow(problem);
  });
});

describe('defineCommandGroup', () => {
  const group = { name: 'remind', description: 'Reminds.' };

  it('refuses two sub-commands of one name', () => {
    expect(() => defineCommandGroup({ ...group, commands: [remindMe, remindMe] })).toThrow(/two sub-commands 'me'/);
  });

  it('refuses a default that is none of its sub-commands', () => {
    expect(() => defineCommandGroup({ ...group, commands: [remindMe], defaultCommand: 'you' })).toThrow(/'you'/);
  });

  it('refuses to be empty', () => {
    expect(() => defineCommandGroup({ ...group, commands: [] })).toThrow(/0 sub-commands/);
  });
});

describe('the slash form', () => {
  it('is what Discord registers', () => {
    const remind = defineCommandGroup({ name: 'remind', description: 'Reminds.', commands: [remindMe] });
    expect(toSlashJson(remind)).toEqual({
      type: 1,
      name: 'remind',
      description: 'Reminds.',
      options: [
        {
          type: 1,
          name: 'me',
          description: 'Reminds you.',
          options: [
            { type: 3, name: 'when', description: 'When', required: true, min_length: 1, max_length: 100 },
            { type: 3, name: 'text', description: 'What', required: false, min_length: 1, max_length: 50 },
          ],
        },
      ],
    });
  });

  it('carries the bounds of numbers and the choices', () => {
    const command = defineCommand({
      name: 'pick',
      description: 'Picks.',
      options: {
        count: integerOption({ description: 'Count', required: true, min: 1, max: 9 }),
        color: choiceOption({ description: 'Color', choices: ['red'] }),
      },
      run,
    });
    expect(toSlashJson(command).options).toEqual([
      { type: 4, name: 'count', description: 'Count', required: true, min_value: 1, max_value: 9 },
      { type: 3, name: 'color', description: 'Color', required: false, choices: [{ name: 'red', value: 'red' }] },
    ]);
  });
});

describe('usage', () => {
  it('shows both forms', () => {
    expect(prefixUsage('!', 'remind me', remindMe)).toBe('!remind me <when> [text…]');
    expect(slashUsage('remind me', remindMe)).toBe('/remind me when:… [text:…]');
  });

  it('lists the sub-commands of a group', () => {
    const remind = defineCommandGroup({ name: 'remind', description: 'Reminds.', commands: [remindMe] });
    expect(groupOverview('$', remind)).toBe(
      '`$remind` needs a sub-command:\n`$remind me <when> [text…]` – Reminds you.',
    );
    expect(groupOverview('$', remind, 'us')).toBe(
      '`$remind` has no `us`. It has:\n`$remind me <when> [text…]` – Reminds you.',
    );
  });
});
