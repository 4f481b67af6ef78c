import { mkdir } from 'node:fs/promises';
import type { APIMessage } from 'discord-api-types/v10';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SANDBOX_IDS } from '../../sandbox/index.js';
import { StateFile } from '../../shared/state-file.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { eventually } from '../support/processes.js';
import { TuxRig } from '../support/tux-rig.js';

let postgres: PostgresServer;
let rig: TuxRig;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());
afterEach(async () => {
  postgres.thaw();
  await rig.dispose();
});

/** What every line about it has to say: what was tried, and what to do. */
const EXPLAINED =
  /❌ Database connection failed: 127\.0\.0\.1:\d+\/test_\d+ .*ECONNREFUSED.* — 💡 start the database or check DATABASE_URL/;

/** Two ways for a database to go away, and to come back. */
const outages = [
  ['a server that crashes', () => postgres.pause(), () => postgres.resume()],
  ['a server that freezes', async () => postgres.freeze(), async () => postgres.thaw()],
] as const;

/** Works whatever the prefix is: of the changes that were under way, nobody knows which took place. */
const tux = `<@${SANDBOX_IDS.bot}>`;

/** The answer to just this message, as text. */
async function asAnswer(text: string): Promise<string> {
  const { id } = rig.sandbox.actors.say({ text, as: 'owner' });
  const isAnswer = (message: APIMessage) => message.message_reference?.message_id === id;
  const { content, embeds } = await rig.sandbox.recorder.waitForMessage(isAnswer, { timeoutMs: 20_000 });
  return content || JSON.stringify(embeds);
}

describe('a database that is down at the start', () => {
  it('is waited for with back-off and at no cost, and Tux comes up by itself once it is there', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
    await postgres.pause();
    const supervisor = rig.start();
    const { log } = supervisor;
    await log.waitFor('worker:ended');
    await log.waitFor('database:failed', () => true, { from: log.lines.length }); // of the second run
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 0, liveConnections: 0 });
    expect(rig.sandbox.recorder.requests.since()).toEqual([]);
    const status = await rig.status();
    expect(status).toMatchObject({ ready: false, lastExit: { class: 'failed-start', code: 69 } });
    expect(status.lastExit?.reason).toMatch(EXPLAINED);

    await postgres.resume();
    await supervisor.ready();
    expect((await rig.ask('$ping')).content).toMatch(/Database: \d+ ms/);
    expect(rig.sandbox.recorder.counters.identifies).toBe(1);
    const failures = await rig.history();
    for (const run of failures) expect(run).toMatchObject({ class: 'failed-start', code: 69, readyMs: null });
    for (const { msg } of log.all('worker:start:failed')) expect(msg).toMatch(EXPLAINED);
    expect(log.all('supervisor:backoff')).toHaveLength(failures.length);
    expect((await rig.status()).restarts).toMatchObject({ failedStart: failures.length, crash: 0 });
  });

  it('does not keep a stop waiting: one that comes during a long back-off ends at once with 0', async () => {
    rig = await TuxRig.create({ DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/test_1' });
    await rememberCrashes(10);
    const supervisor = rig.start();
    const { log } = supervisor;
    const backoff = await log.waitFor('supervisor:backoff', ({ afterMs }) => Number(afterMs) > 5_000);
    await eventually('Tux waits for its next start', async () => (await rig.status()).state === 'BACKOFF');
    expect(await rig.status()).toMatchObject({ worker: null, backoff: { reason: expect.stringMatching(EXPLAINED) } });
    supervisor.kill('SIGTERM');
    expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    expect(Date.now()).toBeLessThan(Date.parse(String(backoff.time)) + Number(backoff.afterMs));
    expect(rig.processes()).toEqual([]);
  });
});

describe('a database that dies while Tux runs', () => {
  it('costs answers, not the worker: ping says so, and works again once the database is back', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
    const supervisor = await rig.startReady();
    const { workerPid } = supervisor;
    expect((await rig.ask('$ping')).content).toMatch(/Database: \d+ ms/);
    await postgres.pause();
    expect((await rig.ask('$ping')).content).toMatch(/Pong.*Database: ❌ no answer/);
    expect((await rig.ask('$queue add 0 without-database')).content).toMatch(/is queued/);
    await postgres.resume();
    await eventually('ping is answered in full', async () => /Database: \d+ ms/.test((await rig.ask('$ping')).content));
    expect((await rig.status()).worker?.pid).toBe(workerPid);
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
  });

  for (const [how, takeAway, giveBack] of outages) {
    it(`is survived under traffic: ${how}`, async () => {
      rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
      const supervisor = await rig.startReady();
      const { log, workerPid } = supervisor;
      expect((await rig.ask('$prefix !')).content).toContain('!');
      await takeAway();
      const startedAt = performance.now();
      const answers = await Promise.all(
        ['ping', 'prefix ?', 'prefix %', 'help'].map((command) => asAnswer(`!${command}`)),
      );
      expect(performance.now() - startedAt).toBeLessThan(15_000);
      expect(answers.join('\n')).not.toMatch(/went wrong on my side/);
      const refused = await asAnswer(`${tux} prefix ?`);
      expect(refused).toMatch(/^My database does not answer right now, so I did nothing\./);
      await log.waitFor('service:failed', ({ service }) => service === 'database');
      await eventually('the supervisor shows it', async () => (await rig.status()).worker?.degraded === true);
      expect((await rig.supervisorCommand('status')).output).toMatch(
        /not ready, DEGRADED\n +✗ the database does not answer: ❌ Database connection[\s\S]*\ndatabase +does not answer\n/,
      );
      expect(await asAnswer(`${tux} queue add 0 without-database`)).toMatch(/is queued/);

      await giveBack();
      const { msg } = await log.waitFor('service:recovered', ({ service }) => service === 'database');
      expect(msg).toMatch(/Error recovery successful: Database works again after \d+\.\d s/);
      expect(await asAnswer(`${tux} prefix ?`)).toContain('?');
      expect(await asAnswer('?ping')).toMatch(/Database: \d+ ms/);
      expect(log.all('service:failed')).toHaveLength(1);
      expect(log.all('service:recovered')).toHaveLength(1);
      await eventually('all is well again', async () => (await rig.status()).worker?.degraded === false);
      expect((await rig.status()).worker?.pid).toBe(workerPid);
      expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
    });
  }

  it('does not keep a stop from being clean', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
    const supervisor = await rig.startReady();
    await rig.ask('$ping');
    await postgres.pause();
    supervisor.kill('SIGTERM');
    expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    expect(await rig.readState(rig.paths.lastShutdown)).toMatchObject({ clean: true, exitCode: 0 });
    expect(rig.processes()).toEqual([]);
    await postgres.resume();
  });
});

/** As if Tux had crashed so often before: the next back-off is up to a minute long. */
async function rememberCrashes(consecutiveCrashes: number): Promise<void> {
  const file = new StateFile({
    path: rig.paths.supervisorState,
    kind: 'supervisor',
    schemaVersion: 1,
    schema: z.unknown(),
    empty: () => null,
    runId: 'before',
  });
  await mkdir(rig.paths.stateDir, { recursive: true });
  await file.save({ epoch: 1, restart: { consecutiveCrashes, recentCrashes: [], holds: 0 }, hold: null });
}
