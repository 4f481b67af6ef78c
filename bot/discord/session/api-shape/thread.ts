import { ChannelType, type ThreadChannel } from 'discord.js';
import { isoTimeOrNull, type Shape } from './shape.js';

/** A thread as GUILD_CREATE carries it. Its messages and members are asked for when they are needed. */
export function threadShape(thread: ThreadChannel): Shape {
  return {
    id: thread.id,
    type: thread.type,
    name: thread.name,
    parent_id: thread.parentId,
    owner_id: thread.ownerId ?? undefined,
    flags: thread.flags.bitfield || undefined,
    last_message_id: thread.lastMessageId,
    last_pin_timestamp: isoTimeOrNull(thread.lastPinTimestamp) ?? undefined,
    rate_limit_per_user: thread.rateLimitPerUser ?? undefined,
    message_count: thread.messageCount ?? undefined,
    member_count: thread.memberCount ?? undefined,
    total_message_sent: thread.totalMessageSent ?? undefined,
    applied_tags: thread.appliedTags,
    thread_metadata: {
      archived: thread.archived,
      auto_archive_duration: thread.autoArchiveDuration,
      archive_timestamp: isoTimeOrNull(thread.archiveTimestamp),
      locked: thread.locked,
      invitable: thread.type === ChannelType.PrivateThread ? thread.invitable : undefined,
      create_timestamp: isoTimeOrNull(thread.createdTimestamp) ?? undefined,
    },
  };
}
