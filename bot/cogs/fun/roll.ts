import { defineCommand } from '../../framework/command.js';
import { textOption } from '../../framework/options.js';
import { UserError } from '../../framework/user-error.js';
import { formatDice, parseDice, throwDice } from './dice.js';
import type { Random } from './random.js';

/** So many single results are shown. */
const MAX_SHOWN = 20;

/** `$roll`, `$roll 2d6+1`. */
export const rollCommand = (random: Random) =>
  defineCommand({
    name: 'roll',
    description: 'Rolls dice: d6, 2d6+1, 4d20-2.',
    aliases: ['dice'],
    options: { dice: textOption({ description: 'Which; without it one with six sides', rest: true, maxLength: 30 }) },
    async run(ctx, { dice: text = 'd6' }) {
      const dice = parseDice(text);
      if (dice === null) {
        throw new UserError('TUX_DICE', 'I do not have such dice.', {
          hint: 'Write `d20` or `2d6+1`: up to 100 dice with 2 to 1000 sides.',
        });
      }
      const { rolls, total } = throwDice(dice, random);
      const isPlain = rolls.length === 1 && dice.modifier === 0;
      const more = rolls.length > MAX_SHOWN ? ', …' : '';
      const single = isPlain ? '' : ` (${rolls.slice(0, MAX_SHOWN).join(', ')}${more})`;
      await ctx.reply(`🎲 ${formatDice(dice)}: **${total}**${single}`);
    },
  });
