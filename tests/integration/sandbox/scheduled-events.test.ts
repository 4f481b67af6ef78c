import { once } from 'node:events';
import { Command } from 'commander';
import {
  type Client,
  Events,
  GatewayIntentBits,
  type Guild,
  type GuildScheduledEvent,
  type GuildScheduledEventCreateOptions,
  GuildScheduledEventEntityType,
  GuildScheduledEventPrivacyLevel,
  GuildScheduledEventStatus,
  PermissionFlagsBits,
  RESTJSONErrorCodes,
} from 'discord.js';
import { describe, expect, it } from 'vitest';
import { addSandboxCommands } from '../../../sandbox/cli/commands.js';
import { SANDBOX_IDS, SANDBOX_TOKEN, type Sandbox } from '../../../sandbox/index.js';
import { worldStateSchema } from '../../../sandbox/world/records.js';
import { newClient, withSandbox } from './bot.js';

const HOUR_MS = 3_600_000;

function guildOf(client: Client): Guild {
  const guild = client.guilds.cache.get(SANDBOX_IDS.guild);
  if (!guild) throw new Error('no guild');
  return guild;
}

const draft = (startInMs = HOUR_MS, endInMs = startInMs + HOUR_MS): GuildScheduledEventCreateOptions => ({
  name: 'Chess',
  scheduledStartTime: Date.now() + startInMs,
  scheduledEndTime: Date.now() + endInMs,
  privacyLevel: GuildScheduledEventPrivacyLevel.GuildOnly,
  entityType: GuildScheduledEventEntityType.External,
  entityMetadata: { location: 'the park' },
});

const { Guilds, GuildScheduledEvents } = GatewayIntentBits;

/** A client that hears of scheduled events, or only of the guild. */
async function withClient(
  sandbox: Sandbox,
  run: (client: Client) => Promise<void>,
  intents = [Guilds, GuildScheduledEvents],
): Promise<void> {
  const client = newClient(sandbox, { intents });
  try {
    const ready = once(client, Events.ClientReady);
    await client.login(SANDBOX_TOKEN);
    await ready;
    await run(client);
  } finally {
    await client.destroy();
  }
}

const next = async (client: Client, event: Events): Promise<GuildScheduledEvent> =>
  (await once(client, event)).at(-1) as GuildScheduledEvent;

describe('scheduled events', () => {
  it('are made, changed, ended and deleted over REST, and announced', async () => {
    await withSandbox(async (sandbox) => {
      await withClient(sandbox, async (client) => {
        const { scheduledEvents } = guildOf(client);
        const created = next(client, Events.GuildScheduledEventCreate);
        const event = await scheduledEvents.create(draft());
        expect(await created).toMatchObject({ id: event.id, name: 'Chess', creatorId: SANDBOX_IDS.bot });
        expect(event.entityMetadata?.location).toBe('the park');
        const updated = next(client, Events.GuildScheduledEventUpdate);
        await event.edit({ name: 'Go', scheduledEndTime: Date.now() + 5 * HOUR_MS });
        expect((await updated).name).toBe('Go');
        expect((await scheduledEvents.fetch({ guildScheduledEvent: event.id, force: true })).name).toBe('Go');
        await event.setStatus(GuildScheduledEventStatus.Active);
        expect((await scheduledEvents.fetch()).size).toBe(1);
        await event.setStatus(GuildScheduledEventStatus.Completed);
        expect((await scheduledEvents.fetch()).size).toBe(0);
        const deleted = next(client, Events.GuildScheduledEventDelete);
        await event.delete();
        expect((await deleted).id).toBe(event.id);
      });
    });
  });

  it('are refused as Discord refuses them', async () => {
    await withSandbox(async (sandbox) => {
      await withClient(sandbox, async (client) => {
        const { scheduledEvents, id: guildId } = guildOf(client);
        const invalid = { code: RESTJSONErrorCodes.InvalidFormBodyOrContentType };
        await expect(scheduledEvents.create(draft(-HOUR_MS))).rejects.toMatchObject(invalid);
        await expect(scheduledEvents.create(draft(HOUR_MS, HOUR_MS - 1))).rejects.toMatchObject(invalid);
        await expect(scheduledEvents.create({ ...draft(), entityMetadata: {} })).rejects.toMatchObject(invalid);
        const event = await scheduledEvents.create(draft());
        await expect(event.setStatus(GuildScheduledEventStatus.Completed)).rejects.toMatchObject(invalid);
        await event.setStatus(GuildScheduledEventStatus.Canceled);
        const finished = { code: RESTJSONErrorCodes.CannotUpdateAFinishedEvent };
        await expect(event.setName('Go')).rejects.toMatchObject(finished);
        const lost = { code: RESTJSONErrorCodes.UnknownGuildScheduledEvent };
        await expect(scheduledEvents.delete(SANDBOX_IDS.bot)).rejects.toMatchObject(lost);
        const others = sandbox.organizer.create({ name: 'Tea', startsInMs: HOUR_MS });
        const tux = sandbox.world.roles.get(guildId, SANDBOX_IDS.roles.Tux);
        sandbox.world.roles.edit(guildId, tux.id, { permissions: PermissionFlagsBits.CreateEvents.toString() });
        const own = await scheduledEvents.create(draft());
        await own.setName('Go');
        await expect(scheduledEvents.delete(others.id)).rejects.toMatchObject({
          code: RESTJSONErrorCodes.MissingPermissions,
        });
      });
    });
  });

  it('come with the guild, and their changes to who has the intent', async () => {
    await withSandbox(async (sandbox) => {
      const { organizer, recorder } = sandbox;
      const { id } = organizer.create({ name: 'Tea', startsInMs: HOUR_MS, place: 'the lake', as: 'owner' });
      organizer.create({ name: 'Off', startsInMs: HOUR_MS });
      organizer.cancel({ event: 'off' });
      await withClient(sandbox, async (client) => {
        expect(guildOf(client).scheduledEvents.cache.map(({ name }) => name)).toEqual(['Tea']);
        const moved = next(client, Events.GuildScheduledEventUpdate);
        const { startAt, endAt } = organizer.move({ event: id, startsInMs: 3 * HOUR_MS });
        expect(await moved).toMatchObject({
          scheduledStartTimestamp: Date.parse(startAt),
          creatorId: SANDBOX_IDS.users.owner,
        });
        expect(Date.parse(endAt) - Date.parse(startAt)).toBe(HOUR_MS);
      });
      await withClient(
        sandbox,
        async (client) => {
          const mark = recorder.mark();
          organizer.cancel({ event: 'Tea' });
          const heard = once(client, Events.ChannelUpdate);
          sandbox.world.editChannel(SANDBOX_IDS.channels.general, { topic: 'x' }); // comes after it
          await heard;
          expect(recorder.gateway.since(mark).map(({ t }) => t)).toEqual(['CHANNEL_UPDATE']);
        },
        [Guilds],
      );
    });
  });

  it('can be made, moved and cancelled on the command line, with no bot around', async () => {
    await withSandbox(async ({ controlUrl, world }) => {
      const tux = async (...args: string[]) => {
        const output: string[] = [];
        const program = new Command('tux').exitOverride().configureOutput({ writeErr: () => {} });
        addSandboxCommands(program, {
          findControlUrl: async () => controlUrl,
          write: (text) => void output.push(text),
        });
        await program.parseAsync(['sandbox', 'event', ...args], { from: 'user' });
        return output.join('');
      };
      const open = () => world.scheduledEvents.listOpen(SANDBOX_IDS.guild);
      const before = Date.now();
      expect(await tux('create', 'Board games', '--in', '1h30m', '--for', '2h', '--place', 'Hall')).toMatch(
        /^✅ Board games \(\d+\) begins \d{4}-.*Z\n$/,
      );
      const [event] = open();
      expect(event).toMatchObject({ name: 'Board games', place: 'Hall', creatorId: SANDBOX_IDS.users.owner });
      const startAt = Date.parse(event?.startAt ?? '');
      expect(startAt).toBeGreaterThanOrEqual(before + 1.5 * HOUR_MS);
      expect(Date.parse(event?.endAt ?? '')).toBe(startAt + 2 * HOUR_MS);
      expect(await tux('move', 'board games', '--in', '1d')).toContain('now begins');
      expect(Date.parse(open()[0]?.startAt ?? '')).toBeGreaterThanOrEqual(before + 24 * HOUR_MS);
      expect(await tux('cancel', event?.id ?? '')).toMatch(/^✅ Board games \(\d+\) was cancelled\n$/);
      expect(open()).toEqual([]);
      await expect(tux('create', 'Tea', '--in', 'soon')).rejects.toThrow('must be a duration');
      await expect(tux('cancel', 'Tea')).rejects.toThrow("There is no event 'Tea'");
    });
  });

  it('are for members who may', async () => {
    await withSandbox(async ({ organizer }) => {
      expect(() => organizer.create({ name: 'Tea', startsInMs: 1, as: 'alice' })).toThrow(
        'alice may not schedule events',
      );
      expect(() => organizer.cancel({ event: 'Tea' })).toThrow("There is no event 'Tea'");
    });
  });

  it('outlive a restart of the sandbox', async () => {
    await withSandbox(async ({ world, organizer }) => {
      const { id } = organizer.create({ name: 'Tea', startsInMs: HOUR_MS });
      world.restore(worldStateSchema.parse(JSON.parse(JSON.stringify(world.state))));
      expect(world.scheduledEvents.listOpen(SANDBOX_IDS.guild)).toMatchObject([{ id, name: 'Tea' }]);
    });
  });
});
