import type { APIEmbed } from 'discord-api-types/v10';
import { type OutgoingMessage, truncate } from '../../framework/outgoing-message.js';
import { relativeTime } from '../../framework/timestamps.js';
import { type Activity, mergeDeletions } from './activity.js';

/** Discord takes ten embeds in one message, the last of which may say how many more there were. */
const MAX_EMBEDS = 9;
/** Two texts in each of nine embeds stay below the 6,000 characters of one message. */
const MAX_TEXT = 250;

const COLORS = { join: 0x57a64a, leave: 0x8a8f98, edit: 0xe0a83a, delete: 0xd1493f, purge: 0xd1493f } as const;

/** One message for everything that happened in a short time. @param dropped further ones, that were not kept. */
export function renderActivities(activities: readonly Activity[], dropped: number): OutgoingMessage {
  const merged = mergeDeletions(activities);
  const more = Math.max(0, merged.length - MAX_EMBEDS) + dropped;
  const embeds = merged.slice(0, MAX_EMBEDS).map(renderActivity);
  const rest = { description: `… and ${more} more in the same moment.`, color: COLORS.leave };
  return { embeds: more > 0 ? [...embeds, rest] : embeds };
}

function renderActivity(activity: Activity): APIEmbed {
  return { description: describe(activity).join('\n'), color: COLORS[activity.kind] };
}

function describe(activity: Activity): string[] {
  switch (activity.kind) {
    case 'join':
      return [`📥 ${person(activity)} joined. The account is from ${relativeTime(activity.createdAt)}.`];
    case 'leave': {
      const since = activity.joinedAt === null ? '' : ` They had joined ${relativeTime(activity.joinedAt)}.`;
      return [`📤 ${person(activity)} left.${since}`];
    }
    case 'edit': {
      const { userId, channelId, messageId, before, after } = activity;
      const head = `✏️ <@${userId}> edited message \`${messageId}\` in <#${channelId}>.`;
      return [
        head,
        `**Before** ${before === null ? '_not known any more_' : quote(before)}`,
        `**After** ${quote(after)}`,
      ];
    }
    case 'delete': {
      const { said, channelId } = activity;
      if (said === null) return [`🗑️ A message that I no longer knew was deleted in <#${channelId}>.`];
      return [`🗑️ A message of <@${said.userId}> was deleted in <#${channelId}>.`, quote(said.text)];
    }
    case 'purge':
      return [`🗑️ ${activity.count} messages were deleted in <#${activity.channelId}>.`];
  }
}

function person({ userId, name }: { readonly userId: string; readonly name: string }): string {
  return `<@${userId}> (${name}, \`${userId}\`)`;
}

function quote(text: string): string {
  const shown = truncate(text.replaceAll(/\s+/g, ' ').trim(), MAX_TEXT);
  return shown === '' ? '_no text_' : shown;
}
