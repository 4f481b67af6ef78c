import { mkdir, rmdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/processes.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { type Program, TuxRig } from '../support/tux-rig.js';

/** Of 1,000 IDENTIFYs a day, 200 are kept for people, and 20 of them even from `--force`. */
const LAST_AUTOMATIC = 201;
const LAST_FORCED = 21;
const HOUR_MS = 3_600_000;

let postgres: SharedPostgres;
let rig: TuxRig;
beforeAll(async () => {
  postgres = await SharedPostgres.join();
});
afterAll(() => postgres.leave());
afterEach(() => rig.dispose());

describe('the IDENTIFY budget', () => {
  it('holds the restart after a crash when a fifth is left, and lets it go when the window frees', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
    const supervisor = await startWith(LAST_AUTOMATIC, 20_000); // more than a start takes on a busy machine
    rig.sandbox.faults.dropResume(); // else the next worker would go on with the session, at no cost
    process.kill(supervisor.workerPid, 'SIGKILL');
    await isHeld();
    const { hold, identifyBudget, lastExit } = await rig.status();
    expect(hold?.reason).toMatch(/^identify-budget: less than 20 % of the day's IDENTIFY budget is left/);
    expect(secondsBetween(hold?.until, identifyBudget.resetAt)).toBeLessThan(1);
    expect(identifyBudget).toMatchObject({ total: 1_000, remaining: 200 });
    expect(lastExit).toMatchObject({ class: 'failed-start', code: 69 });
    expect((await rig.history()).at(-2)).toMatchObject({ class: 'crash', signal: 'SIGKILL' });
    expect((await rig.supervisorCommand('status')).output).toMatch(/^held +until .*\(in \d+ s\): identify-budget: /m);

    const refused = await rig.supervisorCommand('restart');
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(/^❌ Restarts are held until .* \(identify-budget: .*\) — .* restart --force\n$/);
    expect(rig.sandbox.recorder.counters.identifies).toBe(1);

    await supervisor.ready(supervisor.log.lines.length);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(hold?.until ?? ''));
    expect(await rig.status()).toMatchObject({ state: 'RUNNING', hold: null });
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 2, maxLiveSessions: 1 });
  });

  it('stays held over a restart of the supervisor, gives way to --force alone, and keeps a last reserve even from that', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
    const first = await startWith(LAST_AUTOMATIC, HOUR_MS);
    rig.sandbox.faults.dropResume();
    process.kill(first.workerPid, 'SIGKILL');
    await isHeld();
    const before = await rig.status();
    first.kill('SIGKILL');
    await first.ended;

    const second = rig.start();
    await isHeld();
    const { hold } = await rig.status();
    expect(hold?.reason).toBe(before.hold?.reason);
    expect(secondsBetween(hold?.until, before.hold?.until)).toBeLessThan(1);
    expect(second.log.all('worker:started')).toEqual([]);

    expect((await rig.supervisorCommand('restart', '--force')).code).toBe(0);
    expect(await rig.status()).toMatchObject({ state: 'RUNNING', ready: true, hold: null });
    expect(rig.sandbox.recorder.counters.identifies).toBe(2);

    const { workerPid } = second;
    const refused = await rig.supervisorCommand('restart');
    expect(refused.output).toMatch(/^❌ Only 199 of 1000 IDENTIFYs are left until .* — wait, or use --force\n$/);
    const { content } = await rig.ask('$admin restart');
    expect(content).toMatch(/only 199 of 1000 logins are left for today.*tux-supervisor restart --force/);
    expect(second.workerPid).toBe(workerPid);
    rig.sandbox.faults.sessionStart({ remaining: LAST_FORCED });
    expect((await rig.supervisorCommand('restart', '--force')).code).toBe(0);
    expect(second.workerPid).not.toBe(workerPid);
    expect(second.log.all('supervisor:held')).toHaveLength(1);

    const last = await rig.supervisorCommand('restart', '--force');
    expect(last.output).toMatch(/^❌ Only 20 of 1000 IDENTIFYs are left until .* — wait: Discord resets the token/);
    expect(last.code).toBe(1);
    expect(await rig.status()).toMatchObject({ state: 'RUNNING', ready: true });
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 3, maxLiveSessions: 1 });
  });

  it('is asked for before the first IDENTIFY, too: a start that finds it low costs nothing and is held', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
    rig.sandbox.faults.sessionStart({ remaining: LAST_AUTOMATIC - 1, resetAfterMs: HOUR_MS });
    const supervisor = rig.start();
    await isHeld();
    expect((await rig.history()).at(-1)?.reason).toMatch(/200 of 1000 IDENTIFYs left, which is the reserve/);
    expect(rig.sandbox.recorder.counters.identifies).toBe(0);

    supervisor.kill('SIGTERM');
    expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    const next = rig.start();
    const held = await next.log.waitFor('supervisor:held');
    expect(held.msg).toMatch(
      /^❌ HELD until .*: less than 20 % .*; to start it sooner: tux-supervisor restart --force$/,
    );
    expect(next.log.all('worker:started')).toEqual([]);
  });
});

describe('a start that always fails', () => {
  it('is held after five failures, and starts once the cause is mended and --force is used', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
    await mkdir(rig.paths.botLock, { recursive: true });
    const { log } = rig.start();
    for (let failures = 1, from = 0; failures < 5; failures += 1) {
      const backoff = await log.waitFor('supervisor:backoff', () => true, { from });
      from = log.lines.indexOf(backoff) + 1;
      // `restart` ends a back-off; a short one may end before it gets there.
      const restart = () => rig.client.restart({ by: 'a test', force: false });
      if (Number(backoff.afterMs) > 2_000) await expect(restart()).rejects.toThrow(/EISDIR.*it will be tried again/);
    }
    await isHeld();
    const { hold, restarts } = await rig.status();
    expect(hold?.reason).toMatch(/^crash-loop: 5 crashes in a row; the last: .*EISDIR/);
    expect(restarts.failedStart).toBe(5);
    expect((await rig.history()).map((run) => run.class)).toEqual(Array(5).fill('failed-start'));
    expect((await rig.supervisorCommand('restart')).output).toMatch(/^❌ Restarts are held until/);
    expect(rig.sandbox.recorder.requests.since()).toEqual([]);

    await rmdir(rig.paths.botLock);
    expect((await rig.supervisorCommand('restart', '--force')).code).toBe(0);
    expect(await rig.status()).toMatchObject({ state: 'RUNNING', ready: true, hold: null });
    expect(rig.sandbox.recorder.counters.identifies).toBe(1);
  });

  it('ends supervision with 75 after TUX_MAX_CRASHES, so that whoever manages it starts it again later', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase(), TUX_MAX_CRASHES: '2' });
    await mkdir(rig.paths.botLock, { recursive: true });
    const supervisor = rig.start();
    expect(await supervisor.ended).toEqual({ code: 75, signal: null });
    expect(supervisor.log.all('worker:started')).toHaveLength(2);
    expect(supervisor.log.lines.at(-1)).toMatchObject({
      event: 'supervisor:gave-up',
      msg: expect.stringMatching(/^❌ gave up after 2 crashes in a row; the last: .*EISDIR/),
    });
    expect(rig.processes()).toEqual([]);
  });
});

/** Starts Tux with the last `remaining` IDENTIFYs of a window that ends in `resetAfterMs`. */
async function startWith(remaining: number, resetAfterMs: number): Promise<Program> {
  rig.sandbox.faults.sessionStart({ remaining, resetAfterMs });
  return rig.startReady();
}

async function isHeld(): Promise<void> {
  await eventually('the supervisor holds the next start', async () => {
    const status = await rig.status().catch(() => null); // it may not listen yet
    return status?.state === 'HELD';
  });
}

/** Two readings of the same hold differ by the moment that was taken for now. */
function secondsBetween(one: string | null | undefined, other: string | null | undefined): number {
  return Math.abs(Date.parse(one ?? '') - Date.parse(other ?? '')) / 1_000;
}
