import { defineGuildCommand } from '../../framework/guild-command.js';
import { BOARD_KIND, renderEvents } from './event-board.js';

/** `$events list`. */
export const listEventsCommand = defineGuildCommand({
  name: 'list',
  description: 'Lists the upcoming events of this server.',
  async run(ctx, guild) {
    await ctx.reply(renderEvents(ctx.services.events.list(guild.id)));
  },
});

/** `$events board`: a message that always shows what is planned, after a restart as well. */
export const showBoardCommand = defineGuildCommand({
  name: 'board',
  description: 'Posts a board with the upcoming events that is always up to date.',
  rank: 3,
  async run(ctx, guild) {
    const { liveViews } = ctx.services;
    const place = { channelId: ctx.channelId, guildId: guild.id };
    await liveViews.track(BOARD_KIND, await ctx.reply(await liveViews.render(BOARD_KIND, place)), place.guildId);
  },
});
