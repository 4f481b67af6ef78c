import { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeError } from '../../../shared/errors.js';
import { FakeClock } from '../../../shared/testing/index.js';
import { formatNotifyTest, testNotifications } from '../../../supervisor/commands/notify.js';
import { DiscordWebhook } from '../../../supervisor/notify/discord-webhook.js';
import { HookCommand } from '../../../supervisor/notify/hook-command.js';
import { composeNotification } from '../../../supervisor/notify/notification.js';
import { eventually } from '../../support/processes.js';
import { gone } from '../../support/run-rig.js';
import { WEBHOOK_TOKEN, WebhookServer } from '../../support/webhook-server.js';

const never = new AbortController().signal;

const crash = composeNotification(
  { kind: 'crash', now: 0, host: 'web-1', reason: 'killed by SIGKILL, says `@everyone`', leftOut: { hang: 2 } },
  [],
);

/** What a promise that should reject was rejected with, for people. */
async function problemOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'nothing went wrong',
    (error: unknown) => describeError(error),
  );
}

describe('the webhook', () => {
  let server: WebhookServer;
  beforeAll(async () => {
    server = await WebhookServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    server.posted.length = 0;
    server.answer = (response) => response.writeHead(204).end();
  });

  const send = (clock = new FakeClock(), signal = never) =>
    new DiscordWebhook(() => server.url, clock).send(crash, signal);

  it('gets one message that pings nobody and formats nothing of the reason', async () => {
    await send();
    expect(server.posted).toHaveLength(1);
    const { content, ...rest } = JSON.parse(server.posted[0]?.body ?? '');
    expect(rest).toEqual({ allowed_mentions: { parse: [] }, flags: 4 });
    expect(content.split('\n')).toEqual([
      '❌ Tux crashed and is started again (on web-1)',
      '```',
      "killed by SIGKILL, says '@everyone'",
      '```',
      'Not told one by one: 2 hangs',
      'See: tux-supervisor history, and logs/crash.log',
    ]);
  });

  it('is tried once more after the pause that a 429 asks for', async () => {
    const answers = [429, 204];
    server.answer = (response) => response.writeHead(answers.shift() ?? 500).end('{"retry_after":1.5}');
    const clock = new FakeClock();
    const sent = send(clock);
    await clock.whenSleeping(2); // the limit, and the pause
    await clock.advance(1_499);
    expect(server.posted).toHaveLength(1);
    await clock.advance(1);
    await sent;
    expect(server.posted).toHaveLength(2);
  });

  it('is not waited for when the pause is longer than the limit, nor asked a third time', async () => {
    server.answer = (response) => response.writeHead(429).end('{"retry_after":30}');
    expect(await problemOf(send())).toBe('the webhook is rate limited for 30 s');
    expect(server.posted).toHaveLength(1);
    server.answer = (response) => response.writeHead(429).end('{"retry_after":0}');
    expect(await problemOf(send())).toBe('the webhook answered 429');
    expect(server.posted).toHaveLength(3);
  });

  it.each([
    [500, /^the webhook answered 500$/],
    [404, /^the webhook answered 404 — it was deleted: make a new one/],
  ])('that answers %i has failed', async (status, problem) => {
    server.answer = (response) => response.writeHead(status).end('{"message":"no"}');
    expect(await problemOf(send())).toMatch(problem);
  });

  it('that leads elsewhere is not followed', async () => {
    server.answer = (response) => response.writeHead(307, { location: server.url }).end();
    expect(await problemOf(send())).toMatch(/^the webhook cannot be reached \(.*redirect/);
    expect(server.posted).toHaveLength(1);
  });

  it('that does not answer has failed after 5 s, or as soon as it is given up', async () => {
    server.answer = () => {};
    const clock = new FakeClock();
    const sent = problemOf(send(clock));
    await server.received(1);
    await clock.advance(5_000);
    expect(await sent).toBe('the webhook did not finish within 5000 ms');
    const giveUp = new AbortController();
    const given = problemOf(send(clock, giveUp.signal));
    await server.received(2);
    giveUp.abort(new Error('over'));
    expect(await given).toBe('over');
    expect(clock.pending).toBe(0);
  });

  it('that nobody serves has failed, and the problem does not give its address away', async () => {
    const closed = await WebhookServer.start();
    const { url } = closed;
    await closed.stop();
    const problem = await problemOf(new DiscordWebhook(() => url).send(crash, never));
    expect(problem).toBe('the webhook cannot be reached (ECONNREFUSED)');
    expect(problem).not.toContain(WEBHOOK_TOKEN);
  });
});

describe('the command', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tux-notify-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  afterEach(() => vi.unstubAllEnvs());

  const output: string[] = [];
  const hook = (command: string, clock?: FakeClock) => {
    output.length = 0;
    return new HookCommand({
      command: () => command,
      onOutput: (line) => output.push(line),
      ...(clock && { clock }),
    });
  };

  it('gets everything on its stdin and the essentials in its environment, but no secret of Tux', async () => {
    vi.stubEnv('DISCORD_TOKEN', 'secret');
    vi.stubEnv('BOT_TOKEN', 'secret');
    vi.stubEnv('TUX_NOTIFY_WEBHOOK', 'secret');
    vi.stubEnv('SMTP_PASSWORD', 'of the operator');
    const program = resolve(import.meta.dirname, '../../fixtures/children/hears-notification.mjs');
    const file = join(folder, 'heard file.jsonl');
    await hook(`'${process.execPath}' '${program}' '${file}'`).send(crash, never);
    const { stdin, env } = JSON.parse(await readFile(file, 'utf8'));
    expect(stdin).toEqual(crash);
    expect(env).toMatchObject({
      TUX_EVENT: 'crash',
      TUX_REASON: crash.reason,
      TUX_MESSAGE: expect.stringMatching(/^❌ Tux crashed.*crash\.log$/s),
      TUX_HOST: 'web-1',
      SMTP_PASSWORD: 'of the operator',
    });
    expect(Object.values(env)).not.toContain('secret');
    expect(env).not.toHaveProperty('TUX_UNTIL');
    expect(output).toEqual(['heard crash']);
  });

  it('is a line of shell, into which nothing of the notification gets', async () => {
    const evil = composeNotification({ kind: 'crash', now: 0, host: 'h', reason: '"; echo pwned; $(echo pwned)' }, []);
    await hook('printf "%s|" "$TUX_EVENT" "$TUX_REASON" | cat').send(evil, never);
    expect(output).toEqual(['crash|"; echo pwned; $(echo pwned)|']);
  });

  it('need not read its stdin', async () => {
    const long = composeNotification({ kind: 'crash', now: 0, host: 'h', reason: '🐧'.repeat(1_000) }, []);
    for (let round = 0; round < 10; round += 1) await hook('exec <&-').send(long, never);
  });

  it.each([
    ['exit 3', 'the command ended with exit code 3'],
    ['kill -TERM $$', 'the command ended with SIGTERM'],
    ['/no/such/program', 'the command ended with exit code 127'],
  ])('%j has failed', async (command, problem) => {
    expect(await problemOf(hook(command).send(crash, never))).toBe(problem);
  });

  it('has failed, and does not end the supervisor, when there are no descriptors left for a process', async () => {
    // What Node does then, see `ChildProcess.prototype.spawn`: an event, and a child without streams.
    vi.spyOn(ChildProcess.prototype as unknown as { spawn(): number }, 'spawn').mockImplementation(function (
      this: ChildProcess,
    ) {
      process.nextTick(() => this.emit('error', Object.assign(new Error('spawn EMFILE'), { code: 'EMFILE' })));
      return -24;
    });
    expect(await problemOf(hook('true').send(crash, never))).toBe('the command cannot be started (EMFILE)');
  });

  it('is given the time for what it does in the background', async () => {
    await hook('(cat >/dev/null; sleep 0.2; echo sent) <&0 &').send(crash, never);
    expect(output).toEqual(['sent']);
  });

  it('leaves nothing behind when it ends: what it started is killed, also outside its group', async () => {
    const flag = join(folder, 'runaway');
    const silent = 'sleep 600 >/dev/null 2>&1';
    const runaway = `setsid sh -c 'echo $$; touch "${flag}"; exec ${silent}' &`;
    await hook(`${silent} & echo $!; ${runaway} until test -e '${flag}'; do sleep 0.02; done`).send(crash, never);
    expect(output).toHaveLength(2);
    for (const pid of output) await gone(Number(pid));
  });

  it('that goes on for more than 10 s is killed with all that it started', async () => {
    const clock = new FakeClock();
    const sent = problemOf(hook('sleep 600 & echo $!; wait', clock).send(crash, never));
    await eventually('it has started one', () => output.length === 1);
    await clock.advance(10_000);
    expect(await sent).toBe('the command did not finish within 10000 ms');
    await gone(Number(output[0]));
  });
});

describe('tux-supervisor notify test', () => {
  it('tries every channel, and tells each result', async () => {
    const server = await WebhookServer.start();
    try {
      const settings = { TUX_NOTIFY_WEBHOOK: server.url, TUX_NOTIFY_COMMAND: 'echo "$TUX_EVENT"; exit 3' };
      const tests = await testNotifications(settings);
      expect(formatNotifyTest(tests).split('\n')).toEqual([
        '✅ webhook: sent',
        '❌ command: the command ended with exit code 3',
        '   test',
      ]);
      expect(server.posted[0]?.content).toContain('🔔 A test');
      expect(JSON.stringify(tests)).not.toContain(WEBHOOK_TOKEN);
    } finally {
      await server.stop();
    }
  });
});
