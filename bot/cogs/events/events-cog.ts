import { COG_PRIORITIES, defineCog } from '../../framework/cog.js';
import { defineCommandGroup } from '../../framework/command.js';
import { BOARD_KIND, boardsOf, renderBoard } from './event-board.js';
import { eventRemindersOf } from './event-reminders.js';
import { listEventsCommand, showBoardCommand } from './events-commands.js';
import { remindButton } from './remind-button.js';

/** The scheduled events of a server: a board, and reminders that follow when an event is moved or cancelled. */
export const eventsCog = defineCog({
  name: 'events',
  priority: COG_PRIORITIES.guild,
  commands: [
    defineCommandGroup({
      name: 'events',
      description: 'Shows the upcoming events of this server.',
      aliases: ['event'],
      commands: [listEventsCommand, showBoardCommand],
    }),
  ],
  components: { remind: remindButton },
  liveViews: ({ events, clock }) => ({
    [BOARD_KIND]: ({ guildId }) => renderBoard(guildId === null ? [] : events.list(guildId), clock.now()),
  }),
  scheduledEvents: (services) => ({
    async changed(change) {
      if (change.kind !== 'lost') boardsOf(services).add(change.event.guildId, 'changed');
      await eventRemindersOf(services).follow(change);
    },
    refreshed: (guildId) => eventRemindersOf(services).catchUp(guildId),
  }),
  tasks: (services) => [
    { kind: 'continuous', name: 'boards', category: 'SYSTEM', run: (signal) => boardsOf(services).run(signal) },
  ],
});
