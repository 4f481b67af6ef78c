import type { GuildBan } from 'discord.js';
import type { BotServices } from '../../framework/bot-services.js';
import { COG_PRIORITIES, defineCog, defineListener } from '../../framework/cog.js';
import { describeDiscordFailure } from '../../framework/discord-failure.js';
import { banCommand, tempbanCommand, unbanCommand } from './ban-commands.js';
import { casesButton } from './case-list.js';
import { casesCommand } from './cases-commands.js';
import { lockCommand, slowmodeCommand, unlockCommand } from './channel-commands.js';
import { liftJob } from './lift-job.js';
import { UNKNOWN_BAN } from './measure.js';
import { kickCommand, timeoutCommand, untimeoutCommand, warnCommand } from './member-commands.js';
import { modlogCommand } from './modlog-command.js';
import { purgeCommand, purgeJob } from './purge.js';
import { RECONCILE_EVERY_MS, reconcile, SETTLING_MS } from './reconcile.js';
import { turnsOf } from './turns.js';

const never = new AbortController().signal;

/** Keeping order on a server: acts against people, each with a case, and care for channels. */
export const moderationCog = defineCog({
  name: 'moderation',
  priority: COG_PRIORITIES.moderation,
  commands: [
    banCommand,
    tempbanCommand,
    unbanCommand,
    kickCommand,
    timeoutCommand,
    untimeoutCommand,
    warnCommand,
    purgeCommand,
    slowmodeCommand,
    lockCommand,
    unlockCommand,
    casesCommand,
    modlogCommand,
  ],
  components: { cases: casesButton },
  jobs: (services) => [liftJob(services), purgeJob(services)],
  listeners: [
    // No command can be running yet, so whatever is pending was left behind by an earlier run.
    defineListener('clientReady', (services) => reconcile(services, 0, never)),
    defineListener('guildBanRemove', noteUnban),
  ],
  tasks: (services) => [
    {
      kind: 'periodic',
      name: 'reconcile',
      everyMs: RECONCILE_EVERY_MS,
      run: (signal) => reconcile(services, SETTLING_MS, signal),
    },
  ],
});

/**
 * Somebody lifted a ban, perhaps by hand. Discord is asked whether that still holds: the event may be an old one that is
 * told again, and the person may have been banned anew since.
 */
function noteUnban(services: BotServices, { guild, user }: GuildBan): Promise<void> {
  const { cases } = services.database;
  return turnsOf(services).take({ guildId: guild.id, userId: user.id }, async () => {
    const newest = await cases.newestBan(guild.id, user.id);
    if (newest?.status !== 'open') return;
    try {
      await guild.bans.fetch({ user: user.id, force: true });
    } catch (error) {
      if (describeDiscordFailure(error).code !== UNKNOWN_BAN) throw error;
      await cases.closeBans(guild.id, user.id);
    }
  });
}
