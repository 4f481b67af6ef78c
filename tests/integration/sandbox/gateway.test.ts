import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, DiscordjsErrorCodes, Events } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { addGuilds, SANDBOX_TOKEN, type Sandbox } from '../../../sandbox/index.js';
import { newClient, withBot, withSandbox } from './bot.js';

/** What Discord says on a connection, one message at a time. */
interface Said {
  readonly op: number;
  readonly t?: string | null;
  readonly s?: number;
  readonly d: unknown;
}

/** Connects without a client, sends `op`, and listens until the answer to it has come. */
async function connect(sandbox: Sandbox, op: number, d: object): Promise<{ said: Said[]; socket: WebSocket }> {
  const socket = new WebSocket(`${sandbox.gateway.url}?v=10&encoding=json`);
  const said: Said[] = [];
  const answered = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const message = JSON.parse(data.toString()) as Said;
      said.push(message);
      if (message.t === 'GUILD_CREATE' || message.t === 'RESUMED' || message.op === 9) resolve();
    });
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ op, d: { token: SANDBOX_TOKEN, ...d } }));
  await answered;
  return { said, socket };
}

const resume = (sandbox: Sandbox, id: string, seq: number) => connect(sandbox, 6, { session_id: id, seq });

/** A session that a bot began, which ended without a word. @param meanwhile what happens before that. */
async function leftBehind(sandbox: Sandbox, meanwhile = () => {}): Promise<{ id: string; seq: number }> {
  const { socket } = await connect(sandbox, 2, { intents: 1 | (1 << 9) | (1 << 15), properties: {} });
  const [session] = sandbox.gateway.sessions.values();
  if (!session) throw new Error('no session');
  const { id, seq } = session;
  meanwhile();
  socket.terminate();
  await sandbox.gateway.whenEmpty();
  return { id, seq };
}

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
      expect(sandbox.recorder.counters).toMatchObject({ maxLiveSessions: 1, takeOvers: 1 });
      await once(other, 'close'); // the client takes its session back
    });
  });

  it('is said again from where the bot says it stopped, in order, and RESUMED comes before what is new', async () => {
    await withSandbox(async (sandbox) => {
      const say = (first: number, last: number) => {
        for (let number = first; number <= last; number += 1) sandbox.actors.say({ text: `${number}` });
      };
      const { id, seq } = await leftBehind(sandbox, () => say(1, 300));
      say(301, 400);
      const meanwhile = setInterval(() => say(401, 401), 1);
      const { said, socket } = await resume(sandbox, id, seq + 200);
      clearInterval(meanwhile);
      socket.terminate();
      const events = said.filter(({ op }) => op === 0);
      expect(events.map(({ s }) => s)).toEqual(events.map((_, index) => seq + 201 + index));
      const contents = events.map(({ d }) => (d as { content?: string }).content);
      expect(contents.slice(0, 200)).toEqual(Array.from({ length: 200 }, (_, index) => `${201 + index}`));
      const replayed = events.findIndex(({ t }) => t === 'RESUMED');
      expect(sandbox.recorder.counters).toMatchObject({ resumes: 1, refusedResumes: 0, replayed, takeOvers: 0 });
      const turns = sandbox.recorder.turns.since().map(({ what }) => what);
      expect(turns.slice(0, 5)).toEqual(['opened', 'identified', 'closed', 'opened', 'resumed']);
    });
  });
});

describe('a session that is over', () => {
  it.each([
    ['so many RESUMEs are to be refused', (sandbox) => sandbox.faults.refuseResumes(1)],
    ['it was invalidated while nobody held it', (sandbox) => sandbox.faults.invalidateSession()],
    ['it has been without a connection for too long', () => sleep(60)],
  ] as [string, (sandbox: Sandbox) => unknown][])('is refused when %s, and cannot be tried again', async (_, end) => {
    await withSandbox(
      async (sandbox) => {
        const { id, seq } = await leftBehind(sandbox);
        await end(sandbox);
        for (let attempt = 1; attempt <= 2; attempt += 1) {
          const { said, socket } = await resume(sandbox, id, seq);
          expect(said.at(-1)).toMatchObject({ op: 9, d: false });
          socket.terminate();
        }
        expect(sandbox.recorder.counters).toMatchObject({ identifies: 1, resumes: 0, refusedResumes: 2 });
      },
      { sessionLifeMs: 50 },
    );
  });

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
