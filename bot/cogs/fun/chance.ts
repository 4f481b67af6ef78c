import { defineCommand } from '../../framework/command.js';
import { textOption } from '../../framework/options.js';
import { UserError } from '../../framework/user-error.js';
import { pick, type Random } from './random.js';

const ORACLE = [
  'It is certain.',
  'Without a doubt.',
  'Yes, definitely.',
  'You may rely on it.',
  'As I see it, yes.',
  'Most likely.',
  'Signs point to yes.',
  'The fish are favourable.',
  'The ice is foggy, ask again later.',
  'Better not tell you now.',
  'Concentrate and ask again.',
  'Do not count on it.',
  'My sources say no.',
  'Outlook not so good.',
  'Very doubtful.',
] as const;

/** `$8ball Will it rain?` */
export const eightBallCommand = (random: Random) =>
  defineCommand({
    name: '8ball',
    description: 'Answers a question, and takes no responsibility.',
    options: { question: textOption({ description: 'What you want to know', required: true, rest: true }) },
    run: async (ctx) => void (await ctx.reply(`🎱 ${pick(ORACLE, random)}`)),
  });

/** `$coinflip` */
export const coinflipCommand = (random: Random) =>
  defineCommand({
    name: 'coinflip',
    description: 'Flips a coin.',
    aliases: ['coin', 'flip'],
    run: async (ctx) => void (await ctx.reply(`🪙 ${pick(['Heads!', 'Tails!'], random)}`)),
  });

/** `$choose tea | coffee` */
export const chooseCommand = (random: Random) =>
  defineCommand({
    name: 'choose',
    description: 'Chooses for you: tea | coffee | water.',
    aliases: ['pick'],
    options: {
      choices: textOption({ description: 'Two or more, with | between them', required: true, rest: true }),
    },
    async run(ctx, { choices }) {
      const items = choices
        .split('|')
        .map((choice) => choice.trim())
        .filter((choice) => choice !== '');
      if (items.length < 2) {
        throw new UserError('TUX_CHOOSE', 'I need at least two things to choose from.', {
          hint: 'Put `|` between them: `tea | coffee`.',
        });
      }
      await ctx.reply(`🤔 I choose **${pick(items, random)}**.`);
    },
  });
