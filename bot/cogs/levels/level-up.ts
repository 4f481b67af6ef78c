import type { GuildMember } from 'discord.js';
import type { BotServices } from '../../framework/bot-services.js';
import { once } from '../../framework/once.js';
import type { EarnedGain } from './earned-xp.js';
import { changeRoles, followLevel, planRoles } from './reward-roles.js';

/** A level that a message has reached. */
export interface LevelUp {
  readonly gain: EarnedGain;
  readonly level: number;
  /** Whether the guild wants to hear of it. */
  readonly isAnnounced: boolean;
}

/** Gives the roles of a new level, and announces it where it was reached, once. Never rejects: failures are logged. */
export async function celebrate({ gain, level, isAnnounced }: LevelUp, services: BotServices): Promise<void> {
  const { guildId, userId, channelId, eventId } = gain;
  const given = await giveRoles(gain, level, services);
  if (!isAnnounced) return;
  const roles = given.length === 0 ? '' : ` That comes with ${given.map((id) => `<@&${id}>`).join(', ')}.`;
  const content = `🎉 <@${userId}> has reached level **${level}**!${roles}`;
  try {
    // Not one of the keys of `effectKeyOf`: others may answer the same message.
    await services.messenger.send(channelId, { content }, `lvl-${eventId}`);
  } catch (err) {
    const fields = { event: 'levels:announce:failed', err, guildId, channelId };
    services.log.warn(fields, '⚠️ a new level could not be announced');
  }
}

/** Gives a member who comes back the roles that were earned before, as long as the guild has levels. */
export async function restoreRoles(member: GuildMember, services: BotServices): Promise<void> {
  const { guild, id: userId } = member;
  if (member.user.bot) return;
  try {
    const { levels, guildConfig } = services.database;
    const level = (await levels.get(guild.id, userId))?.level ?? 0;
    if (level === 0 || (await guildConfig.getById(guild.id))?.levelsEnabled === false) return;
    await followLevel({ guild, userId, level }, services);
  } catch (err) {
    const fields = { event: 'levels:restore:failed', err, guildId: guild.id, userId };
    services.log.warn(fields, '⚠️ a member who came back did not get their level roles');
  }
}

async function giveRoles({ guildId, userId, eventId }: EarnedGain, level: number, services: BotServices) {
  const guild = services.guilds.get(guildId);
  if (!guild) return [];
  try {
    const follow = { guild, userId, level };
    // Noted before the first one is given, so that the announcement of a second run names them all.
    const plan = await once({ services, effectKey: () => `level:${eventId}` }, async () => {
      const wanted = await planRoles(follow, services);
      return async () => wanted;
    });
    return plan === null ? [] : (await changeRoles(follow, plan, services)).given;
  } catch (err) {
    const fields = { event: 'levels:roles:failed', err, guildId, userId };
    services.log.warn(fields, '⚠️ the roles of a new level could not be given');
    return [];
  }
}
