import { GatewayDispatchEvents as Event } from 'discord.js';
import type { Packet } from './discord-internals.js';

/** What an event changes: the guild with this id, ourselves, or the whole session. Null: nothing that is in the snapshot. */
export type SnapshotChange = { readonly guildId: string } | 'self' | 'everything' | null;

type Data = { readonly id?: unknown; readonly guild_id?: unknown; readonly user?: { readonly id?: unknown } };

const aboutGuild = ({ id }: Data) => guild(id);
const insideGuild = ({ guild_id: id }: Data) => guild(id);
const everything = () => 'everything' as const;

/**
 * The events after which the snapshot differs. Left out on purpose: what messages change (the last one of a channel, the counts of
 * a thread), which is only known as of the last time the guild was written; and people other than ourselves.
 */
const changes: Readonly<Partial<Record<Event, (data: Data, ownId: string | null) => SnapshotChange>>> = {
  [Event.Ready]: everything,
  [Event.UserUpdate]: ({ id }, ownId) => (id === ownId ? 'self' : null),
  [Event.GuildCreate]: aboutGuild,
  [Event.GuildUpdate]: aboutGuild,
  [Event.GuildDelete]: aboutGuild,
  [Event.GuildEmojisUpdate]: insideGuild,
  [Event.GuildStickersUpdate]: insideGuild,
  [Event.GuildMemberAdd]: insideGuild, // how many there are
  [Event.GuildMemberRemove]: insideGuild,
  [Event.GuildMemberUpdate]: (data, ownId) => (data.user?.id === ownId ? insideGuild(data) : null),
  [Event.GuildRoleCreate]: insideGuild,
  [Event.GuildRoleUpdate]: insideGuild,
  [Event.GuildRoleDelete]: insideGuild,
  [Event.GuildScheduledEventCreate]: insideGuild,
  [Event.GuildScheduledEventUpdate]: insideGuild,
  [Event.GuildScheduledEventDelete]: insideGuild,
  [Event.ChannelCreate]: insideGuild,
  [Event.ChannelUpdate]: insideGuild,
  [Event.ChannelDelete]: insideGuild,
  [Event.ChannelPinsUpdate]: insideGuild,
  [Event.ThreadCreate]: insideGuild,
  [Event.ThreadUpdate]: insideGuild,
  [Event.ThreadDelete]: insideGuild,
  [Event.ThreadListSync]: insideGuild,
};

const changeByType = new Map<string, (data: Data, ownId: string | null) => SnapshotChange>(Object.entries(changes));

/** @param ownId our user id, null before it is known. */
export function changeOf({ t, d }: Packet, ownId: string | null): SnapshotChange {
  const find = changeByType.get(t);
  return find && typeof d === 'object' && d !== null ? find(d, ownId) : null;
}

/** Direct messages have channels, too: those have no guild. */
function guild(id: unknown): SnapshotChange {
  return typeof id === 'string' ? { guildId: id } : null;
}
