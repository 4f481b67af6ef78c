import { COG_PRIORITIES, defineCog, defineListener } from '../../framework/cog.js';
import { activityListeners } from './activity-listeners.js';
import { activityLogOf } from './activity-log.js';
import { greetingListener } from './greeting.js';
import { guildSettingsOf } from './guild-settings.js';
import { logsCommands } from './logs.js';
import { welcomeCommands } from './welcome.js';

/** What a server wants to see of its members' coming, going and writing. */
export const guildCog = defineCog({
  name: 'guild',
  priority: COG_PRIORITIES.guild,
  commands: [welcomeCommands, logsCommands],
  tasks: (services) => [
    { kind: 'continuous', name: 'activity', category: 'SYSTEM', run: (signal) => activityLogOf(services).run(signal) },
  ],
  listeners: [
    greetingListener,
    ...activityListeners,
    defineListener('guildDelete', (services, guild) => {
      guildSettingsOf(services).forget(guild.id);
      activityLogOf(services).forget(guild.id);
    }),
  ],
});
