import type { APIApplicationCommand, APIEmbed, APIMessageTopLevelComponent } from 'discord-api-types/v10';
import { z } from 'zod';

const id = z.string().regex(/^\d{17,20}$/);
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** JSON that Discord defines and the sandbox passes through unread. */
const passedThrough = <T>() => z.custom<T>(isObject);

const userRecordSchema = z.object({
  id,
  name: z.string(),
  displayName: z.string(),
  isBot: z.boolean(),
  /** Takes no direct messages from the bot. */
  blocksBot: z.boolean().optional(),
});
export type UserRecord = z.infer<typeof userRecordSchema>;

const roleRecordSchema = z.object({
  id,
  name: z.string(),
  /** Permission bits as a decimal number. */
  permissions: z.string(),
  position: z.number().int(),
  color: z.number().int(),
});
export type RoleRecord = z.infer<typeof roleRecordSchema>;

const memberRecordSchema = z.object({
  userId: id,
  nick: z.string().nullable(),
  /** Without `@everyone`, which every member has. */
  roleIds: z.array(id),
  joinedAt: z.iso.datetime(),
  timedOutUntil: z.string().nullable(),
});
export type MemberRecord = z.infer<typeof memberRecordSchema>;

const emojiRecordSchema = z.object({ id, name: z.string(), animated: z.boolean() });
export type EmojiRecord = z.infer<typeof emojiRecordSchema>;

const scheduledEventRecordSchema = z.object({
  id,
  name: z.string(),
  description: z.string().nullable(),
  startAt: z.iso.datetime(),
  endAt: z.iso.datetime(),
  /** Outside Discord. */
  place: z.string(),
  /** 1 scheduled, 2 active, 3 completed, 4 cancelled. */
  status: z.number().int(),
  creatorId: id,
});
export type ScheduledEventRecord = z.infer<typeof scheduledEventRecordSchema>;

const guildRecordSchema = z.object({
  id,
  name: z.string(),
  ownerId: id,
  joinedAt: z.iso.datetime(),
  roles: z.array(roleRecordSchema),
  /** By user id. */
  members: z.record(z.string(), memberRecordSchema),
  /** Reason by user id. */
  bans: z.record(z.string(), z.string().nullable()),
  emojis: z.array(emojiRecordSchema).default([]),
  scheduledEvents: z.array(scheduledEventRecordSchema).default([]),
});
export type GuildRecord = z.infer<typeof guildRecordSchema>;

const overwriteRecordSchema = z.object({
  /** Of a role or a member. */
  id,
  type: z.union([z.literal(0), z.literal(1)]),
  /** Permission bits as decimal numbers. */
  allow: z.string(),
  deny: z.string(),
});
export type OverwriteRecord = z.infer<typeof overwriteRecordSchema>;

const channelRecordSchema = z.object({
  id,
  /** Null for a direct conversation with the bot. */
  guildId: id.nullable(),
  /** The person the bot talks to in a direct conversation. */
  recipientId: id.nullable(),
  name: z.string(),
  topic: z.string().nullable(),
  slowmodeSeconds: z.number().int().nonnegative(),
  /** Permissions that differ here from those of the guild. */
  overwrites: z.array(overwriteRecordSchema).default([]),
});
export type ChannelRecord = z.infer<typeof channelRecordSchema>;

const reactionRecordSchema = z.object({
  emojiId: id.nullable(),
  emojiName: z.string(),
  userIds: z.array(id),
});
export type ReactionRecord = z.infer<typeof reactionRecordSchema>;

const attachmentRecordSchema = z.object({ id, filename: z.string(), size: z.number().int() });
export type AttachmentRecord = z.infer<typeof attachmentRecordSchema>;

const messageRecordSchema = z.object({
  id,
  channelId: id,
  authorId: id,
  /** 0 default, 19 reply, 20 answer to a slash command. */
  type: z.number().int(),
  content: z.string(),
  createdAt: z.iso.datetime(),
  editedAt: z.iso.datetime().nullable(),
  flags: z.number().int(),
  nonce: z.union([z.string(), z.number()]).nullable(),
  embeds: z.array(passedThrough<APIEmbed>()),
  components: z.array(passedThrough<APIMessageTopLevelComponent>()),
  attachments: z.array(attachmentRecordSchema),
  /** The message this one replies to. */
  repliesTo: id.nullable(),
  /** The interaction this message answers. */
  interaction: z.object({ id, type: z.number().int(), userId: id, commandName: z.string() }).nullable(),
  reactions: z.array(reactionRecordSchema),
});
export type MessageRecord = z.infer<typeof messageRecordSchema>;

const commandRecordSchema = passedThrough<APIApplicationCommand>();

/** All that a restart of the sandbox keeps. Keys of the records are ids. */
export const worldStateSchema = z.object({
  users: z.record(z.string(), userRecordSchema),
  guilds: z.record(z.string(), guildRecordSchema),
  channels: z.record(z.string(), channelRecordSchema),
  /** By channel id, oldest first. */
  messages: z.record(z.string(), z.array(messageRecordSchema)),
  commands: z.array(commandRecordSchema),
  emojis: z.array(emojiRecordSchema),
});
export type WorldState = z.infer<typeof worldStateSchema>;
