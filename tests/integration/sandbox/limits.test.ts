import { once } from 'node:events';
import { type Client, DiscordAPIError, Events, type SendableChannels } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { SANDBOX_IDS, SANDBOX_TOKEN, type Sandbox } from '../../../sandbox/index.js';
import { newClient, withBot, withSandbox } from './bot.js';

const SEND = 'POST /channels/:id/messages';

async function general(client: Client): Promise<SendableChannels> {
  const channel = await client.channels.fetch(SANDBOX_IDS.channels.general);
  if (!channel?.isSendable()) throw new Error('general is not a text channel');
  return channel;
}

function sendings(sandbox: Sandbox) {
  return sandbox.recorder.requests.since().filter((request) => request.route === SEND);
}

describe('session_start_limit', () => {
  it('counts down with each IDENTIFY and names the end of the window', async () => {
    await withBot(async ({ client }) => {
      const limit = (await client.rest.get('/gateway/bot')) as { session_start_limit: Record<string, number> };
      expect(limit.session_start_limit).toMatchObject({ total: 1000, remaining: 999, max_concurrency: 1 });
      expect(limit.session_start_limit.reset_after).toBeGreaterThan(86_000_000);
    });
  });

  it('keeps a client from logging in when nothing is left, and lets it in after the window', async () => {
    await withSandbox(async (sandbox) => {
      sandbox.faults.sessionStart({ remaining: 0, resetAfterMs: 60_000 });
      await expect(newClient(sandbox).login(SANDBOX_TOKEN)).rejects.toThrow('Not enough sessions remaining');
      sandbox.faults.sessionStart({ resetAfterMs: 0 });
      const client = newClient(sandbox);
      await client.login(SANDBOX_TOKEN);
      await client.destroy();
      expect(sandbox.recorder.counters.identifies).toBe(1);
    });
  });

  it('costs the token when a bot identifies once too often', async () => {
    await withBot(async ({ sandbox, client }) => {
      sandbox.faults.sessionStart({ remaining: 0 });
      const disconnected = once(client, Events.ShardDisconnect);
      sandbox.faults.invalidateSession();
      expect(await disconnected).toMatchObject([{ code: 4004 }, 0]);
      await expect(newClient(sandbox).login(SANDBOX_TOKEN)).rejects.toMatchObject({ code: 'TokenInvalid' });
    });
  });
});

describe('rate limits', () => {
  it('are announced in headers that the client honours', async () => {
    await withBot(async ({ sandbox, client }) => {
      sandbox.faults.limitRoute(SEND, { limit: 2, windowMs: 300 });
      const channel = await general(client);
      await Promise.all([channel.send('1'), channel.send('2'), channel.send('3')]);
      const [first, , third] = sendings(sandbox);
      expect((third?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(295);
      expect(sendings(sandbox).map((request) => request.status)).toEqual([200, 200, 200]);
    });
  });

  it.each(['user', 'shared', 'global'] as const)('of scope %s are waited out by the client', async (scope) => {
    await withBot(async ({ sandbox, client }) => {
      const channel = await general(client);
      sandbox.faults.throttle(SEND, { retryAfterMs: 150, scope });
      await channel.send('patience');
      const [refused, sent] = sendings(sandbox);
      expect([refused?.status, sent?.status]).toEqual([429, 200]);
      expect((sent?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(145);
    });
  });

  it('refuse a client that does not look at the headers', async () => {
    await withSandbox(async (sandbox) => {
      sandbox.faults.limitRoute('GET /users/@me', { limit: 1, windowMs: 10_000 });
      const ask = () => fetch(`${sandbox.apiUrl}/v10/users/@me`, { headers: { authorization: 'Bot x' } });
      expect((await ask()).headers.get('x-ratelimit-remaining')).toBe('0');
      const refused = await ask();
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(9);
    });
  });
});

describe('requests that go wrong', () => {
  it('fail with the planned status as often as planned', async () => {
    await withBot(async ({ sandbox, client }) => {
      const channel = await general(client);
      sandbox.faults.failNext(SEND, 503, 2);
      await channel.send('third time lucky');
      expect(sendings(sandbox).map((request) => request.status)).toEqual([503, 503, 200]);
      sandbox.faults.failNext(SEND, 403);
      await expect(channel.send('forbidden')).rejects.toBeInstanceOf(DiscordAPIError);
    });
  });

  it('hang until the faults are reset', async () => {
    await withSandbox(async (sandbox) => {
      sandbox.faults.failNext('*', 'hang');
      const answer = fetch(`${sandbox.apiUrl}/v10/gateway`).catch((error: Error) => error.message);
      await sandbox.recorder.waitForRequest((request) => request.route === 'GET /gateway');
      sandbox.faults.reset();
      expect(await answer).toBe('fetch failed');
    });
  });

  it('get no answer while the REST interface is offline', async () => {
    await withSandbox(async (sandbox) => {
      sandbox.faults.offline();
      await expect(newClient(sandbox).login(SANDBOX_TOKEN)).rejects.toThrow();
      expect(sandbox.recorder.requests.since()).toEqual([]);
    });
  });

  it('are carried out, and the answers lost', async () => {
    await withSandbox(async (sandbox) => {
      const post = (nonce: string) =>
        fetch(`${sandbox.apiUrl}/v10/channels/${SANDBOX_IDS.channels.general}/messages`, {
          method: 'POST',
          headers: { authorization: `Bot ${SANDBOX_TOKEN}`, 'content-type': 'application/json' },
          body: JSON.stringify({ content: 'once', nonce, enforce_nonce: true }),
        });
      sandbox.faults.loseAnswers();
      await expect(post('1')).rejects.toThrow('fetch failed');
      sandbox.faults.loseAnswers(false);
      expect((await post('1')).status).toBe(200);
      expect(sandbox.world.messages.list(SANDBOX_IDS.channels.general).map(({ content }) => content)).toEqual(['once']);
    });
  });

  it('fail until that is taken back', async () => {
    await withSandbox(async (sandbox) => {
      const status = async () => (await fetch(`${sandbox.apiUrl}/v10/gateway`)).status;
      sandbox.faults.failNext('*', 503, Number.POSITIVE_INFINITY);
      expect([await status(), await status()]).toEqual([503, 503]);
      sandbox.faults.stopFailing();
      expect(await status()).toBe(401); // it wants a token
    });
  });

  it('take longer under lag, on the gateway in unchanged order', async () => {
    await withBot(async ({ sandbox, client }) => {
      const contents: string[] = [];
      client.on(Events.MessageCreate, (message) => contents.push(message.content));
      sandbox.faults.lag(120);
      const startedAt = performance.now();
      sandbox.actors.say({ text: 'slow' });
      sandbox.faults.lag(0);
      sandbox.actors.say({ text: 'must not overtake' });
      while (contents.length < 2) await once(client, Events.MessageCreate);
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(118);
      expect(contents).toEqual(['slow', 'must not overtake']);
    });
  });

  it('are answered with 401 without a token and with 404 for an unknown route', async () => {
    await withSandbox(async (sandbox) => {
      const url = `${sandbox.apiUrl}/v10`;
      expect((await fetch(`${url}/users/@me`)).status).toBe(401);
      const unknown = await fetch(`${url}/no/such/route`, { headers: { authorization: 'Bot x' } });
      expect([unknown.status, await unknown.json()]).toEqual([404, { message: '404: Not Found', code: 0 }]);
    });
  });
});

describe('a message with a nonce', () => {
  it('is sent once, however often it is repeated with enforce_nonce', async () => {
    await withBot(async ({ sandbox, client }) => {
      const channel = await general(client);
      const first = await channel.send({ content: 'once', nonce: 'n-1', enforceNonce: true });
      const again = await channel.send({ content: 'once', nonce: 'n-1', enforceNonce: true });
      const other = await channel.send({ content: 'once', nonce: 'n-2', enforceNonce: true });
      expect(again.id).toBe(first.id);
      expect(other.id).not.toBe(first.id);
      expect(sandbox.world.messages.list(channel.id)).toHaveLength(2);
      expect(sandbox.recorder.gateway.since().filter(({ t }) => t === 'MESSAGE_CREATE')).toHaveLength(2);
    });
  });

  it('is not made again when it was deleted meanwhile', async () => {
    await withBot(async ({ client }) => {
      const channel = await general(client);
      const first = await channel.send({ content: 'once', nonce: 'n-1', enforceNonce: true });
      await first.delete();
      const again = channel.send({ content: 'once', nonce: 'n-1', enforceNonce: true });
      await expect(again).rejects.toMatchObject({ status: 404, code: 10_008 });
    });
  });

  it('is remembered also when the channel has forgotten it', async () => {
    await withBot(async ({ sandbox, client }) => {
      const channel = await general(client);
      await channel.send({ content: 'once', nonce: 'n-1', enforceNonce: true });
      for (let number = 1; number <= 10_000; number += 1) sandbox.actors.say({ text: `${number}` });
      const again = channel.send({ content: 'once', nonce: 'n-1', enforceNonce: true });
      await expect(again).rejects.toMatchObject({ code: 10_008 });
    });
  });

  it('is sent again without enforce_nonce', async () => {
    await withBot(async ({ client }) => {
      const channel = await general(client);
      const first = await channel.send({ content: 'twice', nonce: 'n-1' });
      expect((await channel.send({ content: 'twice', nonce: 'n-1' })).id).not.toBe(first.id);
    });
  });
});

describe('what the recorder keeps', () => {
  it('never holds the token', async () => {
    await withBot(async ({ sandbox, client }) => {
      await (await general(client)).send({
        content: 'with a file',
        files: [{ attachment: Buffer.from('abc'), name: 'a.txt' }],
      });
      const everything = JSON.stringify([sandbox.recorder.requests.since(), sandbox.recorder.gateway.since()]);
      expect(everything).not.toContain(SANDBOX_TOKEN);
      expect(sendings(sandbox)[0]?.body).toMatchObject({ content: 'with a file', files: [{ name: 'a.txt', size: 3 }] });
    });
  });

  it('ends a wait with an error that names what did not come', async () => {
    await withSandbox(async (sandbox) => {
      await expect(sandbox.recorder.waitForIdentify({ timeoutMs: 20 })).rejects.toThrow(
        'waiting for a gateway message',
      );
      const wait = sandbox.recorder.waitForMessage(() => true, { signal: AbortSignal.abort(new Error('enough')) });
      await expect(wait).rejects.toThrow('enough');
    });
  });
});
