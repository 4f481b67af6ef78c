import type { Client } from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import { type GuildShape, guildShape } from '../../../../../../bot/discord/session/api-shape/guild.js';
import { applicationShape, ownUserShape } from '../../../../../../bot/discord/session/api-shape/user.js';
import { primeGuilds } from '../../../../../../bot/discord/session/discord-internals.js';
import { SANDBOX_IDS } from '../../../../../../sandbox/index.js';
import { OWN_USER, richGuild, sandboxGuild } from '../../../../../support/guild-shapes.js';
import { primed, primedClient, publicView, quietClient, readyOf } from '../../../../../support/session-caches.js';

const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.destroy();
});

/** A client whose caches discord.js itself filled from what Discord sends. */
function toldByDiscord(...guilds: object[]): Client<true> {
  const client = quietClient();
  clients.push(client);
  const ids = guilds.map((guild) => ({ id: (guild as GuildShape).id, unavailable: true }));
  const application = { id: SANDBOX_IDS.application, flags: 557_056 };
  const ws = client.ws as unknown as { handlePacket(packet: object, shard: object): void };
  const shard = { id: 0, checkReady: () => {} };
  ws.handlePacket({ t: 'READY', s: 1, d: { user: OWN_USER, application, guilds: ids } }, shard);
  for (const guild of guilds) ws.handlePacket({ t: 'GUILD_CREATE', s: 2, d: structuredClone(guild) }, shard);
  return client as Client<true>;
}

/** Another client with the same caches, by way of the text of the snapshot. */
async function copyOf(client: Client<true>): Promise<Client<true>> {
  const shapes = client.guilds.cache.map((guild) => JSON.parse(JSON.stringify(guildShape(guild))) as GuildShape);
  const copy = quietClient();
  clients.push(copy);
  const ready = {
    user: JSON.parse(JSON.stringify(ownUserShape(client))) as { id: string },
    application: applicationShape(client),
    guildIds: shapes.map(({ id }) => id),
  };
  const guilds = shapes.map((shape) => primed(shape));
  await primeGuilds(copy, { ready, guilds }, new AbortController().signal);
  return copy as Client<true>;
}

describe('guildShape', () => {
  it('shows every channel type, role, thread, event and our own member as Discord told them', async () => {
    const client = toldByDiscord(richGuild());
    const copy = await copyOf(client);
    expect(publicView(copy)).toEqual(publicView(client));
    const guild = copy.guilds.cache.first();
    expect(guild?.channels.cache.size).toBe(12);
    expect(guild?.scheduledEvents.cache.size).toBe(2);
    expect(guild?.members.me?.isCommunicationDisabled).toBeDefined();
    expect(guild?.members.me?.user).toBe(copy.user);
  });

  it('shows the guild of the sandbox as Discord told it', async () => {
    const client = toldByDiscord(sandboxGuild());
    expect(publicView(await copyOf(client))).toEqual(publicView(client));
  });

  it('is the same after a second copy', async () => {
    const copy = await copyOf(toldByDiscord(richGuild()));
    const [first] = copy.guilds.cache.map(guildShape);
    const [second] = (await copyOf(copy)).guilds.cache.map(guildShape);
    expect(second).toEqual(first);
  });

  it('leaves out other people, messages and archived threads', async () => {
    const client = toldByDiscord(richGuild());
    const [guild] = client.guilds.cache.values();
    if (!guild) throw new Error('no guild');
    const ws = client.ws as unknown as { handlePacket(packet: object, shard: object): void };
    const user = { id: '42', username: 'somebody', discriminator: '0', global_name: null, avatar: null };
    const member = { guild_id: guild.id, user, roles: [], joined_at: '2026-01-02T03:04:05.678Z', flags: 0 };
    ws.handlePacket({ t: 'GUILD_MEMBER_ADD', s: 3, d: member }, { id: 0, status: 0 });
    const [thread] = guild.channels.cache.filter((channel) => channel.isThread()).values();
    if (thread?.isThread()) thread.archived = true;
    const shape = guildShape(guild) as GuildShape & { members: object[]; threads: object[] };
    expect(guild.members.cache.has('42')).toBe(true);
    expect(shape.members).toHaveLength(1);
    expect(shape.member_count).toBe(4_712);
    expect(shape.threads).toHaveLength(3);
    expect(JSON.stringify(shape)).not.toContain('somebody');
  });

  it('keeps what is known of a guild in an outage, and that it is one', async () => {
    const client = await primedClient(richGuild());
    clients.push(client);
    const guild = client.guilds.cache.first();
    if (guild) guild.available = false;
    const copy = await copyOf(client);
    expect(copy.guilds.cache.first()?.available).toBe(false);
    expect(copy.guilds.cache.first()?.channels.cache.size).toBe(12);
  });

  it('keeps the id of a guild that has been unavailable all the time', async () => {
    const client = quietClient();
    clients.push(client);
    await primeGuilds(client, { ready: readyOf('77'), guilds: [] }, new AbortController().signal);
    const copy = await copyOf(client as Client<true>);
    expect(copy.guilds.cache.get('77')?.available).toBe(false);
  });
});
