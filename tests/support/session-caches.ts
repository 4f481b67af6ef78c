import type { Client, Guild, GuildBasedChannel } from 'discord.js';
import { createClient } from '../../bot/discord/client-factory.js';
import type { GuildShape } from '../../bot/discord/session/api-shape/guild.js';
import { type PrimedGuild, primeGuilds, type ReadySnapshot } from '../../bot/discord/session/discord-internals.js';
import { SANDBOX_IDS } from '../../sandbox/index.js';
import { OWN_USER } from './guild-shapes.js';

const calledOff = new AbortController().signal;

/** Tux's client, which never connects in these tests. */
export function quietClient(apiUrl?: string): Client {
  return createClient({ apiUrl, buildIdentifyThrottler: () => ({ waitForIdentify: () => new Promise(() => {}) }) });
}

/** What a READY with these guilds leaves. */
export function readyOf(...guildIds: string[]): ReadySnapshot {
  return { user: OWN_USER, application: { id: SANDBOX_IDS.application, flags: 557_056 }, guildIds };
}

/** @param version another one means that the guild has changed. */
export function primed(shape: GuildShape, { s = 1, version = 1 } = {}): PrimedGuild {
  return { id: shape.id, s, checksum: version, read: () => structuredClone(shape) };
}

/** A client that knows these guilds. */
export async function primedClient(...shapes: GuildShape[]): Promise<Client<true>> {
  const client = quietClient();
  const ready = readyOf(...shapes.map(({ id }) => id));
  await primeGuilds(client, { ready, guilds: shapes.map((shape) => primed(shape)) }, calledOff);
  return client as Client<true>;
}

/** Everything that the public interface of discord.js shows of a client's caches, to be compared. */
export function publicView(client: Client): unknown {
  return plain({
    user: client.user?.toJSON(),
    application: client.application?.toJSON(),
    flags: client.application?.flags?.bitfield,
    channelIds: [...client.channels.cache.keys()],
    guilds: client.guilds.cache.map(guildView),
  });
}

function guildView(guild: Guild): object {
  const me = guild.members.cache.get(SANDBOX_IDS.bot);
  return {
    ...(guild.toJSON() as object),
    available: guild.available,
    systemChannelFlags: guild.systemChannelFlags?.bitfield,
    me: me && {
      ...(me.toJSON() as object),
      permissions: me.permissions.bitfield,
      roleIds: [...me.roles.cache.keys()].sort(),
    },
    isMeTheUser: me?.user === guild.client.user,
    rolesInOrder: [...guild.roles.cache.values()]
      .sort((a, b) => guild.roles.comparePositions(a, b))
      .map(({ name }) => name),
    roles: guild.roles.cache.map((role) => ({
      ...(role.toJSON() as object),
      permissions: role.permissions.bitfield,
      tags: role.tags,
      colors: role.colors,
    })),
    channels: guild.channels.cache.map((channel) => channelView(channel, me !== undefined)),
    events: guild.scheduledEvents.cache.map((event) => ({
      ...(event.toJSON() as object),
      creator: null,
      place: event.entityMetadata,
      rule: event.recurrenceRule,
    })),
  };
}

function channelView(channel: GuildBasedChannel, isMember: boolean): object {
  return {
    ...(channel.toJSON() as object),
    className: channel.constructor.name,
    flags: channel.flags.bitfield,
    own: isMember ? channel.permissionsFor(SANDBOX_IDS.bot)?.bitfield : null,
    everyone: channel.permissionsFor(channel.guild.id)?.bitfield,
    parentName: channel.parent?.name,
    position: 'position' in channel ? channel.position : null,
    tags: 'availableTags' in channel ? channel.availableTags : null,
    reaction: 'defaultReactionEmoji' in channel ? channel.defaultReactionEmoji : null,
    threadIds: 'threads' in channel ? [...channel.threads.cache.keys()] : null,
    overwrites:
      'permissionOverwrites' in channel
        ? channel.permissionOverwrites.cache.map(({ id, type, allow, deny }) => ({
            id,
            type,
            allow: allow.bitfield,
            deny: deny.bitfield,
          }))
        : null,
  };
}

/** So that values of two clients can be compared, and not what they are values of. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? `${one}n` : one)));
}
