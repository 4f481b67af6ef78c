import { COG_PRIORITIES, defineCog, defineListener } from '../../framework/cog.js';
import { defineCommandGroup } from '../../framework/command.js';
import { checkCommand } from './check.js';
import { initCommand } from './init.js';
import { giveRankCommand, nameRankCommand, takeRankCommand } from './ranks.js';
import { releaseCommand, requireRankCommand } from './requirements.js';
import { showCommand } from './show.js';

/** Who may do what in a server: ranks for roles, and which rank a command takes. For those who manage the server. */
export const permissionCog = defineCog({
  name: 'permission',
  priority: COG_PRIORITIES.config,
  commands: [
    defineCommandGroup({
      name: 'permission',
      description: 'Says who may use which command in this server.',
      aliases: ['permissions', 'perm'],
      commands: [
        initCommand,
        showCommand,
        checkCommand,
        nameRankCommand,
        giveRankCommand,
        takeRankCommand,
        requireRankCommand,
        releaseCommand,
      ],
    }),
  ],
  listeners: [
    defineListener('roleDelete', async ({ permissions, database, log }, { id: roleId, guild }) => {
      const hadRank = await permissions.change(guild.id, () => database.permissions.removeRank(guild.id, roleId));
      if (!hadRank) return;
      const fields = { event: 'permission:changed', change: 'role-deleted', guildId: guild.id, roleId };
      log.info(fields, '✅ permission rank of a deleted role is gone');
    }),
  ],
});
