import { PermissionFlagsBits } from 'discord-api-types/v10';
import { SANDBOX_IDS } from '../ids.js';
import type { ChannelRecord, GuildRecord, MemberRecord, RoleRecord, UserRecord, WorldState } from './records.js';

const { users, roles, channels, guild, bot } = SANDBOX_IDS;

const everyonePermissions =
  PermissionFlagsBits.ViewChannel |
  PermissionFlagsBits.SendMessages |
  PermissionFlagsBits.ReadMessageHistory |
  PermissionFlagsBits.AddReactions |
  PermissionFlagsBits.EmbedLinks |
  PermissionFlagsBits.AttachFiles |
  PermissionFlagsBits.UseApplicationCommands;

const moderatorPermissions =
  PermissionFlagsBits.KickMembers |
  PermissionFlagsBits.BanMembers |
  PermissionFlagsBits.ModerateMembers |
  PermissionFlagsBits.ManageMessages |
  PermissionFlagsBits.ManageRoles |
  PermissionFlagsBits.ManageChannels |
  PermissionFlagsBits.ViewAuditLog;

function user(id: string, displayName: string, isBot = false): UserRecord {
  return { id, name: isBot ? displayName : displayName.toLowerCase(), displayName, isBot };
}

/** A text channel of a guild. */
export function textChannel(id: string, guildId: string, name: string): ChannelRecord {
  return { id, guildId, recipientId: null, name, topic: null, slowmodeSeconds: 0, overwrites: [] };
}

/** A member without a nickname. @param joinedAt ISO-8601. */
export function newMember(userId: string, joinedAt: string, roleIds: string[] = []): MemberRecord {
  return { userId, nick: null, roleIds, joinedAt, timedOutUntil: null };
}

/** The role every guild has; its id is the guild's. */
export function everyoneRole(guildId: string): RoleRecord {
  return { id: guildId, name: '@everyone', permissions: everyonePermissions.toString(), position: 0, color: 0 };
}

function seedGuild(now: string): GuildRecord {
  const members = [
    newMember(bot, now, [roles.Tux]),
    newMember(users.owner, now),
    newMember(users.moderator, now, [roles.Moderator]),
    newMember(users.alice, now),
    newMember(users.bob, now),
  ];
  return {
    id: guild,
    name: 'Tux Sandbox',
    ownerId: users.owner,
    joinedAt: now,
    roles: [
      everyoneRole(guild),
      {
        id: roles.Moderator,
        name: 'Moderator',
        permissions: moderatorPermissions.toString(),
        position: 1,
        color: 0x3498db,
      },
      {
        id: roles.Tux,
        name: 'Tux',
        permissions: PermissionFlagsBits.Administrator.toString(),
        position: 2,
        color: 0xf1c40f,
      },
    ],
    members: Object.fromEntries(members.map((member) => [member.userId, member])),
    bans: {},
    emojis: [],
    scheduledEvents: [],
  };
}

/** The world as it is before anybody did anything: one guild, its channels and roles, four people and the bot. */
export function seedWorld(now: Date): WorldState {
  const people = [
    user(bot, 'Tux', true),
    user(users.owner, 'Owner'),
    user(users.moderator, 'Moderator'),
    user(users.alice, 'Alice'),
    user(users.bob, 'Bob'),
  ];
  const rooms = Object.entries(channels).map(([name, id]) => textChannel(id, guild, name));
  return {
    users: Object.fromEntries(people.map((person) => [person.id, person])),
    guilds: { [guild]: seedGuild(now.toISOString()) },
    channels: Object.fromEntries(rooms.map((room) => [room.id, room])),
    messages: {},
    commands: [],
    emojis: [],
  };
}
