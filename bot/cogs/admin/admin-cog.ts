import { COG_PRIORITIES, defineCog } from '../../framework/cog.js';
import { defineCommandGroup } from '../../framework/command.js';
import { housekeeping } from './housekeeping.js';
import { maintenanceCommand, maintenanceListeners } from './maintenance.js';
import { restartCommand, shutdownCommand, shutdownConfirmation } from './power.js';
import { statusCommand } from './status.js';

/** Running the bot itself; for its owners only. */
export const adminCog = defineCog({
  name: 'admin',
  priority: COG_PRIORITIES.admin,
  commands: [
    defineCommandGroup({
      name: 'admin',
      description: 'Runs the bot itself (owners only).',
      commands: [statusCommand, restartCommand, shutdownCommand, maintenanceCommand],
    }),
  ],
  components: { ...shutdownConfirmation },
  listeners: maintenanceListeners,
  tasks: (services) => [housekeeping(services)],
});
