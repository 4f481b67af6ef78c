import { type APIActionRowComponent, type APIButtonComponent, ButtonStyle, ComponentType } from 'discord-api-types/v10';
import type { BotServices } from '../../framework/bot-services.js';
import { componentId } from '../../framework/components.js';
import { type OutgoingMessage, truncate } from '../../framework/outgoing-message.js';
import { perRun } from '../../framework/per-run.js';
import type { ScheduledEvent } from '../../framework/scheduled-event.js';
import { Batcher } from '../batcher.js';
import { EMBED_COLOR } from '../embed-color.js';
import { eventLine, isAhead } from './event-texts.js';

/** The kind of live view. */
export const BOARD_KIND = 'events.board';
const MAX_LISTED = 15;
const MAX_BUTTONS = 5;
const MAX_LABEL_LENGTH = 80;
/** Between two edits of the boards of one guild: Discord allows about five edits in five seconds per channel. */
const EDIT_EVERY_MS = 1_500;

/** The upcoming events of a guild. @param events the earliest first. */
export function renderEvents(events: readonly ScheduledEvent[]): OutgoingMessage {
  const lines = events.slice(0, MAX_LISTED).map((event) => eventLine({ ...event, name: truncate(event.name, 100) }));
  const more = events.length > MAX_LISTED ? [`… and ${events.length - MAX_LISTED} more`] : [];
  const description = [...lines, ...more].join('\n') || 'Nothing is planned at the moment.';
  return { embeds: [{ title: '📅 Upcoming events', description, color: EMBED_COLOR }] };
}

/** The same with a button for each of the next events that have not begun. @param now wall-clock milliseconds. */
export function renderBoard(events: readonly ScheduledEvent[], now: number): OutgoingMessage {
  const ahead = events.filter((event) => isAhead(event, now)).slice(0, MAX_BUTTONS);
  return { ...renderEvents(events), components: ahead.length === 0 ? [] : [buttonRow(ahead)] };
}

function buttonRow(events: readonly ScheduledEvent[]): APIActionRowComponent<APIButtonComponent> {
  const components = events.map(
    ({ id, name }): APIButtonComponent => ({
      type: ComponentType.Button,
      style: ButtonStyle.Secondary,
      label: truncate(`Remind me: ${name}`, MAX_LABEL_LENGTH),
      custom_id: componentId('events', 'remind', [id]),
    }),
  );
  return { type: ComponentType.ActionRow, components };
}

/** Keeps the boards in step with the events; a burst of changes becomes one edit. Its `run` is a background task. */
export const boardsOf = perRun(
  ({ liveViews, clock, log }: BotServices) =>
    new Batcher<'changed'>({
      clock,
      log,
      windowMs: EDIT_EVERY_MS,
      maxItems: 1,
      deliver: async (guildId) => void (await liveViews.refresh(BOARD_KIND, guildId)),
    }),
);
