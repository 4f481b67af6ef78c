import type { User } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { parseArguments, readPrefixArguments } from '../../../../bot/framework/arguments.js';
import {
  booleanOption,
  channelOption,
  choiceOption,
  durationOption,
  integerOption,
  type OptionMap,
  type OptionResolver,
  textOption,
  userOption,
} from '../../../../bot/framework/options.js';

const USER_ID = '500000000000000003';
const CHANNEL_ID = '300000000000000001';
const ROLE_ID = '400000000000000001';

const resolver: OptionResolver = {
  user: async (id) => (id === USER_ID ? ({ id } as User) : null),
  memberNamed: async (name) => (name === 'alice' ? ({ id: USER_ID } as User) : null),
  channel: (id) => (id === CHANNEL_ID ? ({ id } as ReturnType<OptionResolver['channel']>) : null),
  role: (id) => (id === ROLE_ID ? ({ id } as ReturnType<OptionResolver['role']>) : null),
};

const remind = {
  when: durationOption({ description: 'when', required: true, minMs: 1_000, maxMs: 86_400_000 * 7 }),
  text: textOption({ description: 'text', required: true, rest: true, maxLength: 40 }),
};
const poll = {
  title: textOption({ description: 'title', required: true }),
  votes: integerOption({ description: 'votes', min: 1, max: 10 }),
  public: booleanOption({ description: 'public' }),
  color: choiceOption({ description: 'color', choices: ['Red', 'Blue'] }),
  user: userOption({ description: 'user' }),
  channel: channelOption({ description: 'channel' }),
};

async function parse(line: string, options: OptionMap) {
  const read = readPrefixArguments(line, options);
  return 'raw' in read ? parseArguments(read.raw, options, resolver) : read;
}

describe('arguments of a prefix command', () => {
  it.each([
    ['10m tea', 600_000, 'tea'],
    ['2 days  make   tea ', 172_800_000, 'make   tea'],
    ['1h 30m tea', 5_400_000, 'tea'],
    ['10m "make tea"', 600_000, 'make tea'],
    ['10m say "tea" now', 600_000, 'say "tea" now'],
    ['10m “make tea”', 600_000, 'make tea'],
    ['10m "unclosed', 600_000, '"unclosed'],
    ["10m don't", 600_000, "don't"],
    ['10m line one\nline two', 600_000, 'line one\nline two'],
    ['when=10m text=make tea', 600_000, 'make tea'],
    ['text="make tea"', undefined, undefined],
    ['WHEN="2 days" tea', 172_800_000, 'tea'],
    ['10m x=5 solves it', 600_000, 'x=5 solves it'],
    ['10m tea when=now', 600_000, 'tea when=now'],
    ['10m "when=1h"', 600_000, 'when=1h'],
  ])('reads %j', async (line, when, text) => {
    const expected = when === undefined ? { problem: '`when` is missing.' } : { args: { when, text } };
    expect(await parse(line, remind)).toEqual(expected);
  });

  it('reads every type of option, by position or by name', async () => {
    const byPosition = await parse(`"my poll" 3 yes blue <@!${USER_ID}> <#${CHANNEL_ID}>`, poll);
    const byName = await parse(
      `channel=${CHANNEL_ID} user=${USER_ID} color=BLUE public=true votes=3 title="my poll"`,
      poll,
    );
    expect(byPosition).toEqual({
      args: {
        title: 'my poll',
        votes: 3,
        public: true,
        color: 'Blue',
        user: { id: USER_ID },
        channel: { id: CHANNEL_ID },
      },
    });
    expect(byName).toEqual(byPosition);
  });

  const ban = {
    user: userOption({ description: 'user', required: true }),
    days: integerOption({ description: 'days', min: 0, max: 7 }),
    reason: textOption({ description: 'reason', rest: true }),
  };
  it.each([
    ['spam', { reason: 'spam' }],
    ['7 days of spam', { days: 7, reason: 'days of spam' }],
    ['12 accounts', { reason: '12 accounts' }],
    ['days=3 12 accounts', { days: 3, reason: '12 accounts' }],
  ])('passes an option over that the word in %j cannot be for', async (line, args) => {
    expect(await parse(`${USER_ID} ${line}`, ban)).toEqual({ args: { user: { id: USER_ID }, ...args } });
  });

  it('takes the name of a member only where that was asked for', async () => {
    const whose = { user: userOption({ description: 'user', byName: true }) };
    expect(await parse('alice', whose)).toEqual({ args: { user: { id: USER_ID } } });
    expect(await parse(USER_ID, whose)).toEqual({ args: { user: { id: USER_ID } } });
    const nobody = '`carol` does not work for `user`: I expected a user: a mention, an id, or the name of a member.';
    expect(await parse('carol', whose)).toEqual({ problem: nobody });
    expect(await parse('alice', { user: userOption({ description: 'user', required: true }) })).toHaveProperty(
      'problem',
    );
  });

  it('leaves optional options out', async () => {
    expect(await parse('title', poll)).toEqual({ args: { title: 'title' } });
  });

  it.each([
    ['', remind, '`when` is missing.'],
    ['10m', remind, '`text` is missing.'],
    ['10m ""', remind, '`` does not work for `text`: I expected some text.'],
    [
      'soon tea',
      remind,
      '`soon` does not work for `when`: I expected a length of time such as `10m`, `1h30m` or `2 days`.',
    ],
    ['8 days tea', remind, '`8 days` does not work for `when`: I expected 1 second to 1 week.'],
    [
      `1m ${'x'.repeat(41)}`,
      remind,
      `\`${'x'.repeat(41)}\` does not work for \`text\`: I expected at most 40 characters.`,
    ],
    ['a 11', poll, '`11` does not work for `votes`: I expected a whole number from 1 to 10.'],
    ['a 0x5', poll, '`0x5` does not work for `votes`: I expected a whole number from 1 to 10.'],
    ['a 1.5', poll, '`1.5` does not work for `votes`: I expected a whole number from 1 to 10.'],
    ['a 1e0', poll, '`1e0` does not work for `votes`: I expected a whole number from 1 to 10.'],
    ['a public=maybe', poll, '`maybe` does not work for `public`: I expected `yes` or `no`.'],
    ['a color=green', poll, '`green` does not work for `color`: I expected one of `Red`, `Blue`.'],
    ['a user=@alice', poll, '`@alice` does not work for `user`: I expected a user: a mention or an id.'],
    [
      'a user=500000000000000009',
      poll,
      '`500000000000000009` does not work for `user`: I expected a user: a mention or an id.',
    ],
    [
      'a channel=general',
      poll,
      '`general` does not work for `channel`: I expected a channel of this server: a mention or an id.',
    ],
    ['title=a title=b', poll, '`title` was given twice.'],
    ['a 1 no red 1 2 3', poll, 'I did not expect `3`.'],
  ])('answers %j politely', async (line, options, problem) => {
    expect(await parse(line, options)).toEqual({ problem });
  });

  it('quotes a bad value so that it cannot break out of its code span', async () => {
    const parsed = await parse('` @everyone `` x', { votes: integerOption({ description: 'v', min: 1, max: 2 }) });
    expect(parsed).toEqual({ problem: 'I did not expect `@everyone`.' });
    const evil = await parse('votes="`@everyone` \n x"', { votes: poll.votes });
    expect(evil).toMatchObject({ problem: expect.stringContaining("`'@everyone' x`") });
  });

  it.each(['__proto__=1', 'constructor=1', 'toString=1', '='.repeat(4_000), '" '.repeat(2_000), '“'.repeat(4_000)])(
    'is not impressed by %.20j',
    async (line) => {
      expect(await parse(line, { text: textOption({ description: 't', rest: true, maxLength: 4_000 }) })).toEqual({
        args: { text: line.trim() },
      });
    },
  );
});
