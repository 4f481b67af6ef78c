import { once } from 'node:events';
import { type Client, DiscordjsErrorCodes, Events } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { addGuilds, SANDBOX_TOKEN, type Sandbox } from '../../../sandbox/index.js';
import { newClient, withBot, withSandbox } from './bot.js';

/** The contents of the messages that the client hears, in order. */
function heard(client: Client): string[] {
  const contents: string[] = [];
  client.on(Events.MessageCreate, (message) => contents.push(message.content));
  return contents;
}

describe('a session that can be resumed', () => {
  it.each([
    ['the connection is cut', 'cut'],
    ['the gateway closes with 1001', 1001],
    ['the gateway closes with 4000', 4000],
    ['the gateway asks for a reconnect', 'reconnect'],
  ] as const)('is resumed with all that was missed after %s', async (_, how) => {
    await withBot(async ({ sandbox, client }) => {
      const contents = heard(client);
      const resumed = once(client, Events.ShardResume);
      if (how === 'cut') sandbox.faults.cut();
      else if (how === 'reconnect') sandbox.faults.reconnect();
      else sandbox.faults.closeWith(how);
      if (how !== 'reconnect') sandbox.actors.say({ text: 'one' });
      if (how !== 'reconnect') sandbox.actors.say({ text: 'two' });
      await resumed;
      const last = once(client, Events.MessageCreate);
      sandbox.actors.say({ text: 'three' });
      await last;
      expect(contents).toEqual(how === 'reconnect' ? ['three'] : ['one', 'two', 'three']);
      expect(sandbox.recorder.counters).toMatchObject({ identifies: 1, resumes: 1, maxLiveSessions: 1 });
    });
  });

  it('is resumed with close code 4200 when heartbeats are no longer acknowledged', async () => {
    await withBot(
      async ({ sandbox, client }) => {
        const resumed = once(client, Events.ShardResume);
        sandbox.faults.muteAcks();
        await sandbox.recorder.gateway.waitFor(({ direction, op }) => direction === 'in' && op === 6);
        sandbox.faults.muteAcks(false);
        await resumed;
        expect(sandbox.recorder.counters).toMatchObject({ identifies: 1, resumes: 1 });
      },
      { heartbeatIntervalMs: 500 }, // a process that stands still for longer takes its own connection for dead
    );
  });

  it('is resumed when op 9 says that it may be', async () => {
    await withBot(async ({ sandbox, client }) => {
      const resumed = once(client, Events.ShardResume);
      sandbox.faults.invalidateSession(true);
      await resumed;
      expect(sandbox.recorder.counters).toMatchObject({ identifies: 1, resumes: 1 });
    });
  });

  it('belongs to the connection that resumed it last', async () => {
    await withBot(async ({ sandbox, client }) => {
      const [session] = sandbox.gateway.sessions.values();
      if (!session) throw new Error('no session');
      const other = new WebSocket(`${sandbox.gateway.url}?v=10&encoding=json`);
      const closed = once(client, Events.ShardReconnecting);
      await once(other, 'open');
      other.send(JSON.stringify({ op: 6, d: { token: SANDBOX_TOKEN, session_id: session.id, seq: session.seq } }));
      await closed;
      expect(sandbox.recorder.counters.maxLiveSessions).toBe(1);
      await once(other, 'close'); // the client takes its session back
    });
  });
});

describe('a session that is over', () => {
  it.each([
    ['the gateway closes with 1000', (faults) => faults.closeWith(1000)],
    ['the gateway closes with 4007', (faults) => faults.closeWith(4007)],
    ['op 9 says that it is invalid', (faults) => faults.invalidateSession()],
    [
      'a RESUME is answered with op 9',
      (faults) => {
        faults.dropResume();
        faults.cut();
      },
    ],
  ] as [string, (faults: Sandbox['faults']) => void][])('is replaced by a new IDENTIFY when %s', async (_, breakIt) => {
    await withBot(async ({ sandbox, client }) => {
      const mark = sandbox.recorder.mark();
      const ready = once(client, Events.ShardReady);
      breakIt(sandbox.faults);
      await sandbox.recorder.waitForIdentify({ after: mark });
      await ready;
      expect(sandbox.recorder.counters).toMatchObject({ identifies: 2, resumes: 0, maxLiveSessions: 1 });
    });
  });

  it('is gone when the client says good-bye', async () => {
    await withBot(async ({ sandbox, client }) => {
      await client.destroy();
      await sandbox.gateway.whenEmpty();
      expect(sandbox.gateway.sessions.size).toBe(0);
      expect(() => sandbox.actors.say({ text: 'anybody?' })).toThrow(/not connected/);
    });
  });
});

describe('a login that Discord refuses', () => {
  it('fails at /gateway/bot, without an IDENTIFY, when the token was revoked before', async () => {
    await withSandbox(async (sandbox) => {
      sandbox.faults.revokeToken();
      const login = newClient(sandbox).login(SANDBOX_TOKEN);
      await expect(login).rejects.toMatchObject({ code: DiscordjsErrorCodes.TokenInvalid });
      expect(sandbox.recorder.counters.identifies).toBe(0);
    });
  });

  it('accepts one token only when one is configured', async () => {
    await withSandbox(
      async (sandbox) => {
        await expect(newClient(sandbox).login('another')).rejects.toMatchObject({ code: 'TokenInvalid' });
        const client = newClient(sandbox);
        await client.login('the-one');
        await client.destroy();
      },
      { token: 'the-one' },
    );
  });

  it('fails with 4014 when a privileged intent is not allowed', async () => {
    await withSandbox(async (sandbox) => {
      sandbox.faults.disallowIntents();
      const client = newClient(sandbox);
      const disconnected = once(client, Events.ShardDisconnect);
      await expect(client.login(SANDBOX_TOKEN)).rejects.toThrow('disallowed intents');
      expect(await disconnected).toMatchObject([{ code: 4014 }, 0]);
    });
  });

  it('fails with 4013 for intents that do not exist', async () => {
    await withSandbox(async (sandbox) => {
      const client = newClient(sandbox, { intents: 1 << 30 });
      await expect(client.login(SANDBOX_TOKEN)).rejects.toThrow('invalid intents');
    });
  });

  it('ends a running session with 4004 when the token is revoked', async () => {
    await withBot(async ({ sandbox, client }) => {
      const disconnected = once(client, Events.ShardDisconnect);
      sandbox.faults.revokeToken();
      expect(await disconnected).toMatchObject([{ code: 4004 }, 0]);
    });
  });
});

describe('a login that takes its time', () => {
  it.each(['holdHello', 'holdReady', 'holdGuilds'] as const)('goes on when %s is taken back', async (hold) => {
    await withSandbox(async (sandbox) => {
      sandbox.faults[hold]();
      const client = newClient(sandbox);
      const ready = once(client, Events.ClientReady).then(() => 'ready');
      void client.login(SANDBOX_TOKEN);
      await sandbox.recorder.waitForRequest(({ route }) => route === 'GET /gateway/bot');
      if (hold !== 'holdHello') await sandbox.recorder.waitForIdentify();
      if (hold === 'holdGuilds') await sandbox.recorder.gateway.waitFor(({ t }) => t === 'READY');
      expect(client.isReady()).toBe(false);
      expect(sandbox.recorder.counters.identifies).toBe(hold === 'holdHello' ? 0 : 1);
      sandbox.faults[hold](false);
      expect(await ready).toBe('ready');
      await client.destroy();
    });
  });

  it('is tried again while the gateway refuses connections', async () => {
    await withBot(async ({ sandbox, client }) => {
      sandbox.faults.gatewayDown();
      sandbox.faults.cut();
      const lost = once(client, Events.ShardReconnecting);
      await lost;
      expect(sandbox.recorder.counters.liveConnections).toBe(0);
      const resumed = once(client, Events.ShardResume);
      sandbox.faults.gatewayDown(false);
      await resumed;
    });
  });
});

describe('what a session hears', () => {
  it('leaves out the content of messages without the MessageContent intent, unless they concern the bot', async () => {
    await withSandbox(async (sandbox) => {
      const client = newClient(sandbox, { intents: ['Guilds', 'GuildMessages', 'DirectMessages'] });
      const contents = heard(client);
      const ready = once(client, Events.ClientReady);
      await client.login(SANDBOX_TOKEN);
      await ready;
      sandbox.actors.say({ text: 'a secret' });
      sandbox.actors.say({ text: `<@${client.user?.id}> hello` });
      sandbox.actors.say({ channel: 'dm', text: 'just us' });
      while (contents.length < 3) await once(client, Events.MessageCreate);
      expect(contents).toEqual(['', `<@${client.user?.id}> hello`, 'just us']);
      await client.destroy();
    });
  });

  it('lists only the bot with the guild, and everybody when asked', async () => {
    await withBot(async ({ client }) => {
      const guild = client.guilds.cache.first();
      expect(guild?.members.cache.size).toBe(1);
      const members = await guild?.members.fetch();
      expect(members?.map((member) => member.user.username).sort()).toEqual([
        'Tux',
        'alice',
        'bob',
        'moderator',
        'owner',
      ]);
      expect(guild?.memberCount).toBe(5);
    });
  });

  it('includes hundreds of guilds', async () => {
    await withSandbox(async (sandbox) => {
      addGuilds(sandbox.world, 300, { members: 3 });
      const client = newClient(sandbox);
      const ready = once(client, Events.ClientReady);
      await client.login(SANDBOX_TOKEN);
      await ready;
      expect(client.guilds.cache.size).toBe(301);
      await client.destroy();
    });
  });
});

describe('two bots at once', () => {
  it('are counted as two live sessions', async () => {
    await withBot(async ({ sandbox }) => {
      const second = newClient(sandbox);
      const ready = once(second, Events.ClientReady);
      await second.login(SANDBOX_TOKEN);
      await ready;
      expect(sandbox.recorder.counters).toMatchObject({ liveSessions: 2, maxLiveSessions: 2 });
      await second.destroy();
    });
  });
});

describe('a gateway that sends no events', () => {
  it('acknowledges heartbeats all the same, and replays what was missed to who resumes', async () => {
    await withBot(
      async ({ sandbox, client }) => {
        const contents = heard(client);
        const resumed = once(client, Events.ShardResume);
        sandbox.faults.muteEvents();
        sandbox.actors.say({ text: 'missed, then replayed' });
        const after = sandbox.recorder.mark();
        await sandbox.recorder.gateway.waitFor(({ direction, op }) => direction === 'out' && op === 11, { after });
        expect(contents).toEqual([]);
        sandbox.faults.muteEvents(false);
        sandbox.faults.cut();
        await resumed;
        expect(contents).toEqual(['missed, then replayed']);
      },
      { heartbeatIntervalMs: 500 },
    );
  });
});

describe('a frozen gateway', () => {
  it('leaves the client connected and deaf until it finds out by itself', async () => {
    await withBot(async ({ sandbox, client }) => {
      const contents = heard(client);
      const resumed = once(client, Events.ShardResume);
      sandbox.faults.freeze();
      sandbox.actors.say({ text: 'missed, then replayed' });
      await Promise.resolve();
      expect(contents).toEqual([]);
      expect(sandbox.recorder.counters.liveSessions).toBe(0);
      sandbox.faults.cut();
      await resumed;
      expect(contents).toEqual(['missed, then replayed']);
    });
  });
});
