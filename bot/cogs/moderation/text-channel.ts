import {
  ChannelType,
  type Guild,
  type GuildBasedChannel,
  type NewsChannel,
  PermissionFlagsBits,
  type TextChannel,
} from 'discord.js';
import type { CommandContext } from '../../framework/command-context.js';
import { missingPermission } from '../../framework/hierarchy.js';
import { truncate } from '../../framework/outgoing-message.js';
import { type Refusal, refuse } from '../../framework/precondition.js';
import { MAX_AUDIT_REASON_LENGTH } from './case-text.js';

/** A channel that `/purge`, `/slowmode` and `/lock` work in: it has messages and permissions of its own, unlike a thread. */
export type ModeratedChannel = TextChannel | NewsChannel;

/**
 * The channel that a command is about, the present one unless another is named, provided that the moderator sees it and
 * the bot may do there what `permission` stands for.
 */
export async function moderatedChannel(
  { channelId, member }: CommandContext,
  guild: Guild,
  named: GuildBasedChannel | undefined,
  permission: bigint,
): Promise<{ readonly channel: ModeratedChannel } | { readonly refusal: Refusal }> {
  const channel = named ?? guild.channels.cache.get(channelId);
  if (channel?.type !== ChannelType.GuildText && channel?.type !== ChannelType.GuildAnnouncement) {
    return { refusal: refuse('moderation.no-text-channel') };
  }
  if (named && !(member && channel.permissionsFor(member).has(PermissionFlagsBits.ViewChannel))) {
    return { refusal: refuse('moderation.unseen-channel') };
  }
  const held = channel.permissionsFor(await guild.members.fetchMe()).bitfield;
  const refusal = missingPermission(held, permission);
  return refusal ? { refusal } : { channel };
}

/** What the audit log says about a change that has no case. */
export function changeReason({ user }: CommandContext, reason?: string): string {
  const who = `By ${user.username} (${user.id})`;
  return truncate(reason === undefined ? who : `${who}: ${reason}`, MAX_AUDIT_REASON_LENGTH);
}
