import { COG_PRIORITIES, type Cog, defineCog } from '../../framework/cog.js';
import { chooseCommand, coinflipCommand, eightBallCommand } from './chance.js';
import type { Random } from './random.js';
import { rollCommand } from './roll.js';

/** Chance, and who asks it. @param random for tests. */
export function createFunCog(random: Random = Math.random): Cog {
  return defineCog({
    name: 'fun',
    priority: COG_PRIORITIES.fun,
    commands: [rollCommand(random), eightBallCommand(random), coinflipCommand(random), chooseCommand(random)],
  });
}

/** The cog as the bot loads it: its chance is `Math.random`. */
export const funCog = createFunCog();
