import { COG_PRIORITIES, defineCog, defineListener } from '../../framework/cog.js';
import { prefixCommand } from './prefix.js';

/** Settings of a server. */
export const configCog = defineCog({
  name: 'config',
  priority: COG_PRIORITIES.config,
  commands: [prefixCommand],
  listeners: [
    defineListener('guildDelete', (services, guild) => {
      services.prefixes.forget(guild.id);
      services.permissions.forget(guild.id);
    }),
  ],
});
