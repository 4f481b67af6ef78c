import { defineCommand } from '../../framework/command.js';
import { guildOnly } from '../../framework/precondition.js';
import { BOARD_KIND, renderEvents } from './event-board.js';

/** `$events list`. */
export const listEventsCommand = defineCommand({
  name: 'list',
  description: 'Lists the upcoming events of this server.',
  preconditions: [guildOnly()],
  async run(ctx) {
    await ctx.reply(renderEvents(ctx.guild ? ctx.services.events.list(ctx.guild.id) : []));
  },
});

/** `$events board`: a message that always shows what is planned, after a restart as well. */
export const showBoardCommand = defineCommand({
  name: 'board',
  description: 'Posts a board with the upcoming events that is always up to date.',
  rank: 3,
  preconditions: [guildOnly()],
  async run(ctx) {
    const { liveViews } = ctx.services;
    const place = { channelId: ctx.channelId, guildId: ctx.guild?.id ?? null };
    await liveViews.track(BOARD_KIND, await ctx.reply(await liveViews.render(BOARD_KIND, place)), place.guildId);
  },
});
