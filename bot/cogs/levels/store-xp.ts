import type { BotServices } from '../../framework/bot-services.js';
import type { EarnedGain, EarnedXp } from './earned-xp.js';
import type { LevelUp } from './level-up.js';
import { XP_RULES } from './message-xp.js';

/**
 * Stores gains, those of guilds without levels left out.
 *
 * @returns the levels that were reached by them.
 * @throws what the database throws; then nothing is stored.
 */
export async function storeXp(
  gains: readonly EarnedGain[],
  earned: EarnedXp,
  { database }: BotServices,
): Promise<LevelUp[]> {
  const settings = await database.guildConfig.listByIds([...new Set(gains.map(({ guildId }) => guildId))]);
  const off = new Set(settings.filter((one) => !one.levelsEnabled).map(({ guildId }) => guildId));
  const quiet = new Set(settings.filter((one) => !one.levelUpsAnnounced).map(({ guildId }) => guildId));
  const counted = gains.filter(({ guildId }) => !off.has(guildId));
  if (counted.length === 0) return [];
  const outcomes = await database.levels.addXp(counted, XP_RULES);
  for (const { gain, isEarned, lastXpAt } of outcomes) {
    // After a restart the database knows better when the pause began.
    if (!isEarned && lastXpAt !== null) earned.rest(gain, lastXpAt);
  }
  return outcomes
    .filter(({ level, previousLevel }) => level > previousLevel)
    .map(({ gain, level }) => ({ gain, level, isAnnounced: !quiet.has(gain.guildId) }));
}
