import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_IDS } from '../../sandbox/index.js';
import { expectNothingLeft } from '../support/after-stop.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { eventually, isRunning } from '../support/processes.js';
import { type Program, TuxRig } from '../support/tux-rig.js';

const OWNER = SANDBOX_IDS.users.owner;

let postgres: PostgresServer;
let rig: TuxRig;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());
afterEach(() => rig.dispose());

async function startTux(env: Record<string, string> = {}): Promise<Program> {
  rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase(), ...env });
  const supervisor = await rig.startReady();
  await supervisor.log.waitFor('commands:registered');
  return supervisor;
}

/** Carries out what makes Tux restart, and waits until it is back. */
async function restart(supervisor: Program, ask: () => Promise<unknown>): Promise<void> {
  const from = supervisor.log.lines.length;
  await ask();
  await supervisor.ready(from);
}

/** How often the bot has said something that ends like this. */
function countMessages(ending: string): number {
  const seen = rig.sandbox.recorder.sightings.since().filter(({ kind }) => kind === 'message');
  return seen.filter(({ message }) => message?.author.id === SANDBOX_IDS.bot && message.content.endsWith(ending))
    .length;
}

async function stop(supervisor: Program): Promise<void> {
  supervisor.kill('SIGTERM');
  expect(await supervisor.ended).toEqual({ code: 0, signal: null });
  await expectNothingLeft(rig);
}

describe('a restart that the owner asks for in Discord', () => {
  const ways: Record<string, () => Promise<unknown>> = {
    '$admin restart': () => rig.ask('$admin restart'),
    '/admin restart': () => {
      rig.sandbox.actors.slash({ command: ['admin', 'restart'] });
      return rig.sandbox.recorder.waitForMessage(({ content }) => content === '🔄 Restarting…');
    },
  };
  for (const [command, ask] of Object.entries(ways)) {
    it(`gives the same supervisor a new worker at once, without a penalty (${command})`, async () => {
      const supervisor = await startTux();
      const before = supervisor.workerPid;
      await restart(supervisor, ask);

      expect(supervisor.workerPid).not.toBe(before);
      expect(isRunning(before)).toBe(false);
      const status = await rig.status();
      expect(status).toMatchObject({ state: 'RUNNING', ready: true, restarts: { planned: 1, crash: 0 }, hold: null });
      expect(status.supervisor.pid).toBe(supervisor.pid);
      expect(status.worker?.pid).toBe(supervisor.workerPid);
      expect(await rig.history()).toMatchObject([{ pid: before, class: 'planned', code: 75, signal: null, by: OWNER }]);
      expect(await rig.readState(rig.paths.lastShutdown)).toMatchObject({
        exitCode: 75,
        requestedBy: OWNER,
        clean: true,
      });
      expect(supervisor.log.all('supervisor:backoff')).toEqual([]);
      expect(countMessages('🔄 Restarting…')).toBe(1);
      expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 2, maxLiveSessions: 1, commandPuts: 1 });
      await stop(supervisor);
    });
  }

  it('keeps the jobs and reminders, and each takes effect once', async () => {
    const supervisor = await startTux({ TUX_DRAIN_TIMEOUT_MS: '100' });
    await rig.ask('$queue add 1 running');
    await rig.ask('$remind 2s tea');
    await restart(supervisor, () => rig.ask('$admin restart'));
    expect(supervisor.log.all('job:released')).toHaveLength(1);
    const { recorder } = rig.sandbox;
    await recorder.waitForMessage(({ content }) => content.endsWith('done: running'));
    await recorder.waitForMessage(({ content }) => content.endsWith(`<@${OWNER}> tea`), { timeoutMs: 10_000 });
    const isQueueEmpty = async () => (await rig.ask('$queue list')).content === 'The queue is empty.';
    await eventually('the job is done and forgotten', isQueueEmpty);
    // Once more from the disk: what is done must not come back.
    await restart(supervisor, () => rig.ask('$admin restart'));
    expect(await isQueueEmpty()).toBe(true);
    expect(countMessages('done: running')).toBe(1);
    expect(countMessages('> tea')).toBe(1);
    await stop(supervisor);
  });

  it('does not end maintenance, which the bot shows in every session', async () => {
    const supervisor = await startTux();
    await rig.ask('$admin maintenance on moving house');
    await restart(supervisor, () => rig.ask('$admin restart'));
    expect((await rig.ask('$ping', 'alice')).content).toContain('serve only my owners for now: moving house.');
    const presences = rig.sandbox.recorder.gateway
      .since()
      .filter(({ direction, op }) => direction === 'in' && op === 3);
    const shown = { status: 'dnd', activities: [{ type: 4, state: '🔧 Maintenance: moving house' }] };
    expect(presences).toMatchObject([
      { connection: 1, d: shown },
      { connection: 2, d: shown },
    ]);
    await stop(supervisor);
  });

  it('leaves the buttons of a panel working', async () => {
    const supervisor = await startTux({ TUX_DRAIN_TIMEOUT_MS: '100' });
    const panel = await rig.ask('$queue panel');
    await restart(supervisor, () => rig.ask('$admin restart'));
    const { actors, recorder } = rig.sandbox;
    const after = recorder.mark();
    actors.click({ button: 'Add job', messageId: panel.id, as: 'alice' });
    const isPanel = ({ id, embeds }: { id: string; embeds: { title?: string }[] }) =>
      id === panel.id && embeds[0]?.title === 'Job queue: 1';
    await recorder.waitForMessage(isPanel, { after });
    await stop(supervisor);
  });
});

describe('power over Tux', () => {
  it('is refused politely to anybody else, and the refusal is logged', async () => {
    const supervisor = await startTux();
    const worker = supervisor.workerPid;
    const refusal = 'Sorry, only the owners of this bot can do that.';
    for (const command of ['restart', 'shutdown'] as const) {
      expect((await rig.ask(`$admin ${command}`, 'alice')).content).toBe(refusal);
      const after = rig.sandbox.recorder.mark();
      rig.sandbox.actors.slash({ command: ['admin', command], as: 'moderator' });
      await rig.sandbox.recorder.waitForMessage(({ content }) => content === refusal, { after });
    }
    expect(await rig.status()).toMatchObject({ state: 'RUNNING', worker: { pid: worker, state: 'RUNNING' } });
    await stop(supervisor);
    expect(supervisor.log.all('command:refused')).toHaveLength(4);
    expect(supervisor.log.all('worker:started')).toHaveLength(1);
  });

  it('lets the owner stop it for good, once confirmed: the supervisor ends, too, with code 0', async () => {
    const supervisor = await startTux();
    const { id, content } = await rig.ask('$admin shutdown tired');
    expect(content).toContain('Shut down for good?');
    rig.sandbox.actors.click({ button: 'Shut down', messageId: id });
    await rig.sandbox.recorder.waitForMessage((message) => message.content === '👋 Shutting down…');
    expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    expect(await rig.history()).toMatchObject([{ class: 'stopped', code: 0, by: OWNER }]);
    expect(await rig.readState(rig.paths.lastShutdown)).toMatchObject({
      reason: 'tired',
      exitCode: 0,
      requestedBy: OWNER,
      clean: true,
    });
    await expectNothingLeft(rig);
  });
});
