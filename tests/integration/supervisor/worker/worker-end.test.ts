import { readFile } from 'node:fs/promises';
import { describe, it } from 'vitest';
import { readProcStat } from '../../../../shared/process-identity.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { isRunning } from '../../../support/processes.js';
import { endOf, gone, RunRig } from '../../../support/run-rig.js';

const command = { kind: 'command', message: 'asked to', by: 'test' } as const;

describe.concurrent('the end of a worker', () => {
  it('that is asked to stop and does comes with the code, the reason and who asked', async (test) => {
    const rig = await RunRig.for(test);
    const run = await rig.startReady('obeys');
    test.expect([run.wasReady, run.isClosing]).toEqual([true, false]);
    run.stop({ kind: 'stop', reason: 'asked to' }, command, 5_000);
    test.expect(run.isClosing).toBe(true);
    const { outcome, verdict } = await endOf(run);
    test.expect(outcome).toMatchObject({ by: 'test', exit: { code: 0, signal: null, wasReady: true } });
    test.expect(outcome.readyMs).toBeGreaterThan(0);
    test.expect(verdict).toMatchObject({ class: 'stopped', reason: 'asked to' });
    test.expect(rig.log.all('worker:stop:escalate')).toEqual([]);
  });

  it('that is asked to restart ends with 75', async (test) => {
    const rig = await RunRig.for(test);
    const run = await rig.startReady('obeys');
    run.stop({ kind: 'restart', reason: 'update' }, command, 5_000);
    const { outcome, verdict } = await endOf(run);
    test.expect([outcome.exit.code, verdict.class]).toEqual([75, 'planned']);
  });

  it('that is asked twice keeps its first reason', async (test) => {
    const rig = await RunRig.for(test);
    const run = await rig.startReady('obeys');
    run.stop({ kind: 'restart', reason: 'first' }, command, 5_000);
    run.stop({ kind: 'stop', reason: 'second' }, { ...command, message: 'second' }, 5_000);
    const { outcome, verdict } = await endOf(run);
    test.expect([outcome.exit.code, verdict.reason]).toEqual([75, 'first']);
    test.expect(rig.log.lines.filter(({ msg }) => msg.startsWith('shutdown '))).toHaveLength(1);
  });

  it('that ignores everything comes by SIGKILL, with all its children', async (test) => {
    const rig = await RunRig.for(test);
    const run = await rig.startReady('ignores-sigterm');
    const { inGroup, runaway } = await rig.log.waitFor('fixture:children');
    run.stop({ kind: 'stop', reason: 'asked to' }, command, 200);
    await rig.said('ignored shutdown 200');
    await rig.said('ignored SIGTERM');
    const { outcome, verdict } = await endOf(run);
    test.expect(outcome.exit).toMatchObject({ code: null, signal: 'SIGKILL' });
    test.expect(outcome.status.runaways).toEqual([runaway]);
    test.expect(verdict.class).toBe('stopped');
    test.expect(rig.log.all('worker:stop:escalate').map(({ signal }) => signal)).toEqual(['SIGTERM', 'SIGKILL']);
    await Promise.all([gone(inGroup), gone(runaway)]);
  });

  it('by a crash takes its children with it, too', async (test) => {
    const rig = await RunRig.for(test);
    const run = await rig.startReady('ignores-sigterm');
    const { inGroup, runaway } = await rig.log.waitFor('fixture:children');
    process.kill(run.pid, 'SIGKILL');
    const { outcome, verdict } = await endOf(run);
    test.expect(outcome.status.runaways).toEqual([runaway]);
    test.expect(verdict).toMatchObject({ class: 'crash', reason: 'killed by SIGKILL' });
    await Promise.all([gone(inGroup), gone(runaway)]);
  });

  it('that nobody asked for is a crash, although the code is 0', async (test) => {
    const rig = await RunRig.for(test);
    const { outcome, verdict } = await endOf(rig.start('exits-unasked'));
    test.expect(outcome.exit).toMatchObject({ code: 0, signal: null, marker: null, intent: null });
    test.expect(verdict).toMatchObject({ class: 'crash', action: 'back-off' });
    test.expect(verdict.reason).toBe('exit code 0 although nobody asked it to stop');
  });

  it('with 75 that nobody asked for is a crash', async (test) => {
    const rig = await RunRig.for(test);
    const { verdict } = await endOf(rig.start('exits-unasked', { TUX_FIXTURE_CODE: '75' }));
    test.expect(verdict).toMatchObject({ class: 'crash', action: 'back-off' });
  });

  it('with a broken configuration stops the supervisor', async (test) => {
    const rig = await RunRig.for(test);
    const { verdict } = await endOf(rig.start('exits-unasked', { TUX_FIXTURE_CODE: '78' }));
    test.expect(verdict).toMatchObject({ class: 'config', action: 'stop', exitCode: 78 });
  });

  it('that is a flood of words keeps the last of them, and 200 lines in memory', async (test) => {
    const rig = await RunRig.for(test);
    const { outcome } = await endOf(rig.start('floods'));
    const lastLines = rig.sink.lastLinesOf(outcome.runId);
    test.expect(outcome.exit.signal).toBe('SIGKILL');
    test.expect(lastLines).toHaveLength(200);
    test
      .expect(lastLines)
      .toEqual(test.expect.arrayContaining(['last words on stdout', test.expect.stringMatching(/^line 19999 x/)]));
    const file = await readFile(rig.config.paths.log, 'utf8');
    test.expect(file.match(/"msg":"line /g)).toHaveLength(20_000);
    test.expect(file).toContain('last words on stderr');
  });

  it('keeps last words that were not read when it came', async (test) => {
    const rig = await RunRig.for(test);
    const run = rig.start('floods', { TUX_FIXTURE_LINES: '1000' });
    // The supervisor is busy until after the end.
    const bell = new Int32Array(new SharedArrayBuffer(4));
    while (readProcStat(run.pid)?.state !== 'Z') Atomics.wait(bell, 0, 0, 5);
    await run.finished;
    test
      .expect(rig.sink.lastLinesOf(run.runId))
      .toEqual(test.expect.arrayContaining(['last words on stdout', 'last words on stderr']));
  });

  it('does not wait for a grandchild that holds its pipes: that one is killed', async (test) => {
    const rig = await RunRig.for(test);
    const { outcome } = await endOf(rig.start('holds-pipes'));
    test.expect(outcome.exit.code).toBe(1);
    test.expect(rig.sink.lastLinesOf(outcome.runId)).toContain('last words');
    await gone((await rig.log.waitFor('fixture:children')).pid);
  });

  it('does not wait for ever for pipes that nobody can be found for', async (test) => {
    const rig = await RunRig.for(test);
    const clock = new FakeClock();
    const run = rig.start('holds-pipes', { TUX_FIXTURE_HIDES: '1' }, clock);
    const { pid } = await rig.log.waitFor('fixture:children');
    test.onTestFinished(() => void process.kill(Number(pid), 'SIGKILL'));
    await rig.said('late words');
    await run.ended;
    await clock.whenSleeping(1); // for the pipes
    await clock.advance(2_000);
    const { outcome } = await endOf(run);
    test.expect(isRunning(Number(pid))).toBe(true);
    test.expect(rig.sink.lastLinesOf(outcome.runId)).toContain('late words');
    test.expect(outcome).toMatchObject({ exit: { code: 1 }, status: { runaways: [] } });
    test.expect(rig.sink.lastLinesOf(outcome.runId)).toContain('last words');
  });

  it('loses nothing to rubbish on the channel: each piece is dropped and named', async (test) => {
    const rig = await RunRig.for(test);
    const run = await rig.startReady('talks-rubbish');
    const bad = rig.log.all('ipc:bad-message');
    test.expect(bad).toHaveLength(15);
    test.expect(bad.every(({ problem }) => String(problem) !== '')).toBe(true);
    test.expect(run.inspect()).toMatchObject({ state: 'INITIALIZING', gateway: { status: 'ready' } });
    run.stop({ kind: 'stop', reason: 'asked to' }, command, 5_000);
    test.expect((await endOf(run)).outcome.exit.code).toBe(0);
  });
});

describe.concurrent('a worker that is killed in the middle of its own shutdown', () => {
  it.for([
    ['stop', 'message marker', 'stopped', 'said in the marker (killed by SIGKILL)'],
    ['restart', 'message marker', 'planned', 'said in the marker (killed by SIGKILL)'],
    ['fail', 'message marker', 'crash', 'said in the marker (killed by SIGKILL)'],
    ['restart', 'marker', 'planned', 'said in the marker (killed by SIGKILL)'],
    ['restart', 'message', 'planned', 'asked for in Discord (killed by SIGKILL)'],
    ['stop', 'stale', 'crash', 'killed by SIGKILL'],
    ['stop', 'nothing', 'crash', 'killed by SIGKILL'],
  ] as const)('to %s, having left %s, counts as %s', async ([action, says, expected, reason], test) => {
    const rig = await RunRig.for(test);
    const run = await rig.startReady('dies-closing', { TUX_FIXTURE_ACTION: action, TUX_FIXTURE_SAYS: says });
    const { outcome, verdict } = await endOf(run);
    test.expect(outcome.exit).toMatchObject({ code: null, signal: 'SIGKILL', intent: null });
    test.expect(verdict).toMatchObject({ class: expected, reason });
    test.expect(outcome.by).toBe(reason === 'killed by SIGKILL' ? null : 'owner');
  });

  it('is not given for ever for it, and counts as what it announced', async (test) => {
    const rig = await RunRig.for(test, { TUX_STOP_TIMEOUT_MS: '200' });
    const run = await rig.startReady('never-done-closing');
    const { outcome, verdict } = await endOf(run);
    test.expect(outcome.exit).toMatchObject({ signal: 'SIGKILL', intent: null });
    test.expect(verdict).toMatchObject({ class: 'planned', action: 'restart' });
  });
});
