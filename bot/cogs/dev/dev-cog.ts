import { COG_PRIORITIES, defineCog } from '../../framework/cog.js';
import { defineCommandGroup } from '../../framework/command.js';
import { cogsCommand, loadCommand, reloadCommand, syncCommand, unloadCommand } from './cogs.js';
import { emojisCommand } from './emojis.js';
import { evalCommand } from './eval.js';

/** Working on the bot while it runs (seed documents: Jishaku). Loaded with TUX_DEV only; for the owners of the bot. */
export const devCog = defineCog({
  name: 'dev',
  priority: COG_PRIORITIES.admin,
  commands: [
    defineCommandGroup({
      name: 'dev',
      description: 'Working on the bot while it runs (owners only).',
      commands: [cogsCommand, loadCommand, unloadCommand, reloadCommand, syncCommand, emojisCommand, evalCommand],
    }),
  ],
});
