import type { BotServices } from '../../framework/bot-services.js';
import type { ComponentHandler } from '../../framework/components.js';
import { defineGuildCommand } from '../../framework/guild-command.js';
import { integerOption } from '../../framework/options.js';
import type { OutgoingMessage } from '../../framework/outgoing-message.js';
import { guildOnly } from '../../framework/precondition.js';
import { EMBED_COLOR } from '../embed-color.js';
import { pageButtons, pageOf } from '../page-buttons.js';
import { formatXp } from './rank-card.js';

const PAGE_SIZE = 10;
const MAX_PAGE = 1_000_000;
const MEDALS = ['🥇', '🥈', '🥉'];

/** `$leaderboard`, `$top 2`. */
export const leaderboardCommand = defineGuildCommand({
  name: 'leaderboard',
  description: 'Lists the members of this server by their xp.',
  aliases: ['top'],
  options: { page: integerOption({ description: 'Which page; default: the first', min: 1, max: MAX_PAGE }) },
  cooldown: { ms: 5_000, per: 'user' },
  async run(ctx, guild, { page = 1 }) {
    await ctx.reply(await renderLeaderboard(guild.id, page, ctx.services));
  },
});

/** Turns the pages of a leaderboard. */
export const leaderboardButton: ComponentHandler = {
  command: 'leaderboard',
  preconditions: [guildOnly()],
  async run(ctx, [page]) {
    if (ctx.guild === null) return; // guildOnly() has seen to it
    await ctx.update(await renderLeaderboard(ctx.guild.id, Number(page), ctx.services));
  },
};

async function renderLeaderboard(guildId: string, wanted: number, services: BotServices): Promise<OutgoingMessage> {
  const { levels } = services.database;
  const ranked = await levels.countRanked(guildId);
  const page = pageOf(wanted, ranked, PAGE_SIZE);
  const rows = await levels.leaderboard(guildId, { offset: page.offset, limit: PAGE_SIZE });
  const lines = rows.map(({ userId, xp, level }, index) => {
    const place = page.offset + index;
    return `${MEDALS[place] ?? `**${place + 1}.**`} <@${userId}> · level ${level} · ${formatXp(xp)} xp`;
  });
  return {
    embeds: [
      {
        title: 'Leaderboard',
        description: lines.join('\n') || 'Nobody has earned xp here yet.',
        color: EMBED_COLOR,
        footer: { text: `Page ${page.number} of ${page.count} · ${ranked} ranked` },
      },
    ],
    components: pageButtons('levels', 'top', page),
  };
}
