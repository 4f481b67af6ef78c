import { COG_PRIORITIES, defineCog } from '../../framework/cog.js';
import { defineCommandGroup } from '../../framework/command.js';
import { restartCommand, shutdownCommand } from './power.js';
import { statusCommand } from './status.js';

/** Running the bot itself; for its owners only. */
export const adminCog = defineCog({
  name: 'admin',
  priority: COG_PRIORITIES.admin,
  commands: [
    defineCommandGroup({
      name: 'admin',
      description: 'Runs the bot itself (owners only).',
      commands: [statusCommand, restartCommand, shutdownCommand],
    }),
  ],
});
