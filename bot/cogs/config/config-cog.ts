import { COG_PRIORITIES, defineCog, defineListener } from '../../framework/cog.js';
import { defineCommandGroup } from '../../framework/command.js';
import { prefixCommand } from './prefix.js';
import { showConfigCommand } from './show.js';

/** Settings of a server. */
export const configCog = defineCog({
  name: 'config',
  priority: COG_PRIORITIES.config,
  commands: [
    prefixCommand,
    defineCommandGroup({
      name: 'config',
      description: 'Shows the settings of this server.',
      commands: [showConfigCommand],
    }),
  ],
  listeners: [
    defineListener('guildDelete', (services, guild) => {
      services.prefixes.forget(guild.id);
      services.permissions.forget(guild.id);
    }),
  ],
});
