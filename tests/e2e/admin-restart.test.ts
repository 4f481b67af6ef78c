import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_IDS } from '../../sandbox/index.js';
import { expectNothingLeft } from '../support/after-stop.js';
import { eventually, isRunning } from '../support/processes.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { type Program, TuxRig } from '../support/tux-rig.js';

const OWNER = SANDBOX_IDS.users.owner;

/** One supervised Tux for the whole file: what one restart did is still there at the next. */
let postgres: SharedPostgres;
let rig: TuxRig;
let supervisor: Program;
beforeAll(async () => {
  postgres = await SharedPostgres.join();
  rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase(), TUX_DRAIN_TIMEOUT_MS: '100' });
  supervisor = await rig.startReady();
  await supervisor.log.waitFor('commands:registered');
});
afterAll(async () => {
  await rig.dispose();
  await postgres.leave();
});

/** Carries out what makes Tux restart, and waits until it is back. */
async function restart(ask: () => Promise<unknown> = () => rig.ask('$admin restart')): Promise<void> {
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

/** With one worker for each start and one IDENTIFY for all, never two of them, and the slash commands registered once. */
async function expectPlannedRestarts(count: number): Promise<void> {
  const status = await rig.status();
  expect(status).toMatchObject({ state: 'RUNNING', ready: true, restarts: { planned: count, crash: 0 }, hold: null });
  expect(status.supervisor.pid).toBe(supervisor.pid);
  expect(status.worker?.pid).toBe(supervisor.workerPid);
  expect((await rig.history()).map((run) => run.class)).toEqual(Array(count).fill('planned'));
  expect(supervisor.log.all('worker:started')).toHaveLength(count + 1);
  expect(supervisor.log.all('supervisor:backoff')).toEqual([]);
  expect(rig.sandbox.recorder.counters).toMatchObject({
    identifies: 1,
    resumes: count,
    maxLiveSessions: 1,
    commandPuts: 1,
  });
}

describe('a restart that the owner asks for in Discord', () => {
  const ways: [command: string, ask: () => Promise<unknown>][] = [
    ['$admin restart', () => rig.ask('$admin restart')],
    [
      '/admin restart',
      () => {
        const after = rig.sandbox.recorder.mark();
        rig.sandbox.actors.slash({ command: ['admin', 'restart'] });
        return rig.sandbox.recorder.waitForMessage(({ content }) => content === '🔄 Restarting…', { after });
      },
    ],
  ];
  for (const [index, [command, ask]] of ways.entries()) {
    it(`gives the same supervisor a new worker at once, without a penalty (${command})`, async () => {
      const before = supervisor.workerPid;
      await restart(ask);

      expect(supervisor.workerPid).not.toBe(before);
      expect(isRunning(before)).toBe(false);
      await expectPlannedRestarts(index + 1);
      expect((await rig.history()).at(-1)).toMatchObject({ pid: before, code: 75, signal: null, by: OWNER });
      expect(await rig.readState(rig.paths.lastShutdown)).toMatchObject({
        exitCode: 75,
        requestedBy: OWNER,
        clean: true,
      });
      expect(countMessages('🔄 Restarting…')).toBe(index + 1);
    });
  }

  it('keeps the jobs and reminders, and each takes effect once', async () => {
    await rig.ask('$queue add 2 running');
    await rig.ask('$remind 2s tea');
    await restart();
    expect(supervisor.log.all('job:released')).toHaveLength(1);
    const { recorder } = rig.sandbox;
    await recorder.waitForMessage(({ content }) => content.endsWith('done: running'));
    await recorder.waitForMessage(({ content }) => content.endsWith(`<@${OWNER}> tea`), { timeoutMs: 10_000 });
    const isQueueEmpty = async () => (await rig.ask('$queue list')).content === 'The queue is empty.';
    await eventually('the job is done and forgotten', isQueueEmpty);
    // Once more from the disk: what is done must not come back.
    await restart();
    expect(await isQueueEmpty()).toBe(true);
    expect(countMessages('done: running')).toBe(1);
    expect(countMessages('> tea')).toBe(1);
  });

  it('does not end maintenance, which the bot shows in every session', async () => {
    const { recorder } = rig.sandbox;
    const after = recorder.mark();
    await rig.ask('$admin maintenance on moving house');
    await restart();
    expect((await rig.ask('$ping', 'alice')).content).toContain('serve only my owners for now: moving house.');
    const presences = recorder.gateway.since(after).filter(({ direction, op }) => direction === 'in' && op === 3);
    const shown = { status: 'dnd', activities: [{ type: 4, state: '🔧 Maintenance: moving house' }] };
    expect(presences).toMatchObject([{ d: shown }, { d: shown }]);
    expect(presences[0]?.connection).not.toBe(presences[1]?.connection);
    await rig.ask('$admin maintenance off');
  });

  it('leaves the buttons of a panel working', async () => {
    const panel = await rig.ask('$queue panel');
    await restart();
    const { actors, recorder } = rig.sandbox;
    const after = recorder.mark();
    actors.click({ button: 'Add job', messageId: panel.id, as: 'alice' });
    const isPanel = ({ id, embeds }: { id: string; embeds: { title?: string }[] }) =>
      id === panel.id && embeds[0]?.title === 'Job queue: 1';
    await recorder.waitForMessage(isPanel, { after });
  });

  it('is counted as planned each time, however many there are', () => expectPlannedRestarts(6));
});

describe('power over Tux', () => {
  it('is refused politely to anybody else, and the refusal is logged', async () => {
    const worker = supervisor.workerPid;
    const from = supervisor.log.lines.length;
    const refused = () => supervisor.log.lines.slice(from).filter(({ event }) => event === 'command:refused');
    const refusal = 'Sorry, only the owners of this bot can do that.';
    for (const command of ['restart', 'shutdown'] as const) {
      expect((await rig.ask(`$admin ${command}`, 'alice')).content).toBe(refusal);
      const after = rig.sandbox.recorder.mark();
      rig.sandbox.actors.slash({ command: ['admin', command], as: 'moderator' });
      await rig.sandbox.recorder.waitForMessage(({ content }) => content === refusal, { after });
    }
    expect(await rig.status()).toMatchObject({ state: 'RUNNING', worker: { pid: worker, state: 'RUNNING' } });
    await eventually('every refusal is in the log', () => refused().length >= 4);
    expect(refused()).toHaveLength(4);
    expect(supervisor.workerPid).toBe(worker);
  });

  it('lets the owner stop it for good, once confirmed: the supervisor ends, too, with code 0', async () => {
    const { id, content } = await rig.ask('$admin shutdown tired');
    expect(content).toContain('Shut down for good?');
    rig.sandbox.actors.click({ button: 'Shut down', messageId: id });
    await rig.sandbox.recorder.waitForMessage((message) => message.content === '👋 Shutting down…');
    expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    expect((await rig.history()).at(-1)).toMatchObject({ class: 'stopped', code: 0, by: OWNER });
    expect(await rig.readState(rig.paths.lastShutdown)).toMatchObject({
      reason: 'tired',
      exitCode: 0,
      requestedBy: OWNER,
      clean: true,
    });
    await expectNothingLeft(rig);
  });
});
