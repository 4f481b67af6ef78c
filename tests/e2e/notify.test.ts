import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_TOKEN } from '../../sandbox/index.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { TuxRig } from '../support/tux-rig.js';
import { WEBHOOK_TOKEN, WebhookServer } from '../support/webhook-server.js';

/** Appends what it was told. What is still to be told when the supervisor ends has three seconds, so no program is started for it. */
const HEARS = `read -r told; printf '%s\\n' "$told" >>heard.jsonl; echo "heard $TUX_EVENT"`;

/** One installation for the whole file, whose operator has a webhook and a command. */
let postgres: SharedPostgres;
let rig: TuxRig;
let webhook: WebhookServer;

beforeAll(async () => {
  webhook = await WebhookServer.start();
  postgres = await SharedPostgres.join();
  rig = await TuxRig.create({
    DATABASE_URL: await postgres.createDatabase(),
    TUX_NOTIFY_WEBHOOK: webhook.url,
    TUX_NOTIFY_COMMAND: HEARS,
    TUX_HEARTBEAT_MISSES: '100', // loading the bot's modules blocks for seconds on a busy machine: that is no hang
  });
});
afterAll(async () => {
  await rig.dispose();
  await postgres.leave();
  await webhook.stop();
});

/** What the command was told. */
async function heard(): Promise<{ kind: string; reason: string }[]> {
  const lines = (await readFile(join(rig.folder, 'heard.jsonl'), 'utf8')).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line));
}

describe('the operator', () => {
  it('can try how they will be told', async () => {
    const { code, output } = await rig.supervisorCommand('notify', 'test');
    expect([code, output]).toEqual([0, '✅ webhook: sent\n✅ command: sent\n   heard test\n']);
    expect(webhook.posted.splice(0)).toMatchObject([{ content: expect.stringContaining('🔔 A test') }]);
    expect(await heard()).toMatchObject([{ kind: 'test' }]);
  });

  it('is told of a crash and of the recovery, once and in order, and Tux waits for neither', async () => {
    const supervisor = await rig.startReady();
    await rig.client.restart({ by: 'the test', force: false }); // planned: nobody is told
    const { log } = supervisor;
    const from = log.lines.length;
    let answer = () => {};
    webhook.answer = (response) => {
      answer = () => response.writeHead(204).end();
    };
    process.kill(supervisor.workerPid, 'SIGKILL');
    await log.waitFor('worker:started', () => true, { from });
    await webhook.received(1);
    expect(log.all('notify:sent')).toEqual([]);
    webhook.answer = (response) => response.writeHead(204).end();
    answer();
    await supervisor.ready(from);
    await log.waitFor('notify:sent', ({ kind }) => kind === 'recovered');
    expect((await rig.supervisorCommand('stop')).code).toBe(0);
    expect((await supervisor.ended).code).toBe(0);

    const told = webhook.posted.splice(0);
    expect(told.map(({ content }) => content)).toEqual([
      expect.stringMatching(/^❌ Tux crashed .*killed by SIGKILL/s),
      expect.stringMatching(/^✅ Tux is ready again .*It was down for /s),
    ]);
    expect(told.map(({ body }) => body).join()).not.toMatch(new RegExp(`${SANDBOX_TOKEN}|${WEBHOOK_TOKEN}`));
    expect(await readFile(rig.paths.log, 'utf8')).not.toContain(WEBHOOK_TOKEN);
    // The webhook answered the second at once, and the first when the worker was there: had that taken long, it was given up.
    expect(await heard()).not.toContainEqual(expect.objectContaining({ kind: 'recovered' }));
  });

  it('is told by the command when the webhook fails, and hears the last word of a supervisor that gives up', async () => {
    webhook.answer = (response) => response.writeHead(500).end();
    const before = (await heard()).length;
    const supervisor = await rig.startReady({ TUX_MAX_CRASHES: '1' });
    process.kill(supervisor.workerPid, 'SIGKILL');
    expect(await supervisor.ended).toMatchObject({ code: 75 });
    expect((await heard()).slice(before)).toMatchObject([
      { kind: 'crash', reason: 'killed by SIGKILL' },
      { kind: 'gave-up', reason: expect.stringMatching(/^gave up after \d crashes in a row/) },
    ]);
    expect(supervisor.log.all('notify:failed')).toMatchObject([
      { channel: 'webhook', reason: 'the webhook answered 500' },
      { channel: 'webhook' },
    ]);
  });
});
