import { readFile, stat } from 'node:fs/promises';
import { describe, it } from 'vitest';
import { FakeClock } from '../../../../shared/testing/index.js';
import { eventually } from '../../../support/processes.js';
import { endOf, RunRig } from '../../../support/run-rig.js';

const command = { kind: 'command', message: 'asked to', by: 'test' } as const;
const stop = { kind: 'stop', reason: 'asked to' } as const;

async function readReport(path: string | null): Promise<Record<string, unknown>> {
  if (path === null) throw new Error('there is no report');
  return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
}

describe.concurrent('a start that does not succeed', () => {
  it('is over when the worker has not said hello in time', async (test) => {
    const rig = await RunRig.for(test, { TUX_HELLO_TIMEOUT_MS: '300' });
    const { outcome, verdict } = await endOf(rig.start('never-hello'));
    test.expect(outcome).toMatchObject({ readyMs: null, exit: { signal: 'SIGTERM', wasReady: false } });
    test.expect(verdict).toMatchObject({ class: 'failed-start', action: 'back-off' });
    test.expect(verdict.reason).toBe("no 'hello' from the worker within 300 ms");
  });

  it('is over when the worker has not become ready in time, and names what it was busy with', async (test) => {
    const rig = await RunRig.for(test, { TUX_START_TIMEOUT_MS: '600' });
    const clock = new FakeClock();
    const run = rig.start('never-ready', {}, clock);
    await eventually('it is busy with the gateway', () =>
      run.inspect().services.some(({ name }) => name === 'gateway'),
    );
    await clock.advance(600);
    await rig.log.waitFor('worker:start:timeout');
    run.kill();
    const { verdict } = await endOf(run);
    test.expect(verdict.class).toBe('failed-start');
    test.expect(verdict.reason).toBe("no 'ready' from the worker within 600 ms (still starting: gateway)");
  });

  it('does not count against a worker that is ready', async (test) => {
    const rig = await RunRig.for(test, { TUX_HEARTBEAT_INTERVAL_MS: '3600000' });
    const clock = new FakeClock();
    const run = rig.start('obeys', {}, clock);
    await rig.log.waitFor('test:ready');
    await clock.advance(600_000);
    test.expect(run.wasReady).toBe(true);
  });

  it('is still a stop when somebody asked for that', async (test) => {
    const rig = await RunRig.for(test);
    const run = rig.start('never-hello');
    run.stop(stop, command, 1);
    test.expect((await endOf(run)).verdict.class).toBe('stopped');
  });
});

describe.concurrent('a worker whose event loop is blocked', () => {
  // The workers beat every 100 ms: one that only has to wait for a processor must not look hung.
  const quick = { TUX_HEARTBEAT_INTERVAL_MS: '500', TUX_HEARTBEAT_MISSES: '3' };

  it('is found out, and the report names the function', async (test) => {
    const rig = await RunRig.for(test, quick);
    const run = await rig.startReady('blocks-loop');
    await rig.log.waitFor('worker:hang:report');
    run.kill(); // it would be at the deadline
    const { outcome, verdict } = await endOf(run);
    test.expect(verdict).toMatchObject({ class: 'hang', action: 'back-off' });
    test.expect(verdict.reason).toMatch(/^no heartbeat for \d+ s, in chewOnEmptyLoop \(.*blocks-loop\.mjs:6\)$/);
    const report = await readReport(outcome.reportPath);
    test.expect(report).toMatchObject({ kind: 'hang', runId: run.runId, pid: run.pid, processState: 'R' });
    test.expect((report.stack as string[])[0]).toMatch(/^at chewOnEmptyLoop \(.*blocks-loop\.mjs:6:\d+\)$/);
    test.expect(report.silentMs).toBeGreaterThanOrEqual(1_500);
    const beats = report.heartbeats as { seq: number }[];
    test.expect(beats.length).toBeGreaterThan(0);
    test.expect(beats.length).toBeLessThanOrEqual(12);
    test.expect((await stat(outcome.reportPath ?? '')).mode & 0o777).toBe(0o600);
  });

  it('in native code is found out, and the report says why it has no stack', async (test) => {
    const rig = await RunRig.for(test, quick);
    const run = await rig.startReady('blocks-loop', { TUX_FIXTURE_NATIVE: '1' });
    await rig.log.waitFor('worker:hang:report');
    run.kill();
    const { outcome, verdict } = await endOf(run);
    test.expect(verdict.class).toBe('hang');
    const report = await readReport(outcome.reportPath);
    test.expect(report.stack).toEqual([]);
    test
      .expect(report.summary)
      .toBe('no JavaScript stack could be taken: taking the stack did not finish within 3000 ms');
  });

  it('by SIGSTOP is found out, killed, and told from a hang of its own', async (test) => {
    const rig = await RunRig.for(test, quick);
    const run = await rig.startReady('obeys');
    process.kill(run.pid, 'SIGSTOP');
    const { outcome, verdict } = await endOf(run);
    test.expect(outcome.exit.signal).toBe('SIGKILL');
    test.expect(verdict.reason).toMatch(/^no heartbeat for \d+ s, stopped by a signal \(SIGSTOP\)/);
    test.expect(await readReport(outcome.reportPath)).toMatchObject({ processState: 'T', stack: [] });
  });

  it('is not left alone longer because somebody asks it to stop meanwhile', async (test) => {
    const rig = await RunRig.for(test, quick);
    const run = await rig.startReady('blocks-loop');
    await rig.log.waitFor('worker:hang');
    run.stop(stop, command, 60_000);
    const { verdict } = await endOf(run);
    test.expect(verdict.class).toBe('hang');
  });
});

describe.concurrent('asking again', () => {
  it('shortens the deadline to 2 s, and tells the worker', async (test) => {
    const rig = await RunRig.for(test);
    const run = await rig.startReady('ignores-sigterm');
    run.stop(stop, command, 60_000);
    await rig.said('ignored shutdown 60000');
    run.hurry();
    run.hurry(); // changes nothing more
    await rig.said('ignored shutdown 2000');
    await rig.said('ignored SIGTERM');
    run.kill();
    test.expect((await endOf(run)).outcome.exit.signal).toBe('SIGKILL');
    const escalated = rig.log.all('worker:stop:escalate').map(({ signal, waitedMs }) => [signal, waitedMs]);
    test.expect(escalated[0]).toEqual(['SIGTERM', 2_000]);
  });

  it('does not lengthen a deadline that is shorter', async (test) => {
    const rig = await RunRig.for(test);
    const run = await rig.startReady('ignores-sigterm');
    run.stop(stop, command, 300);
    run.hurry();
    await rig.said('ignored SIGTERM');
    run.kill();
    await endOf(run);
    test.expect(rig.log.all('worker:stop:escalate')[0]).toMatchObject({ signal: 'SIGTERM', waitedMs: 300 });
  });

  it('after SIGTERM does not take away the time that goes with it', async (test) => {
    const rig = await RunRig.for(test);
    const run = await rig.startReady('ignores-sigterm');
    run.stop(stop, command, 2_100);
    await rig.said('ignored SIGTERM');
    const before = performance.now();
    run.hurry();
    await endOf(run);
    test.expect(performance.now() - before).toBeGreaterThan(1_000);
  });

  it('a third time kills at once', async (test) => {
    const rig = await RunRig.for(test);
    const run = await rig.startReady('ignores-sigterm');
    run.stop(stop, command, 60_000);
    await rig.said('ignored shutdown 60000');
    run.hurry();
    run.kill();
    const { outcome, verdict } = await endOf(run);
    test.expect([outcome.exit.signal, verdict.class]).toEqual(['SIGKILL', 'stopped']);
    test.expect(rig.log.all('worker:stop:escalate')).toEqual([]);
  });

  it('with a shorter deadline counts also while a shutdown is under way', async (test) => {
    const rig = await RunRig.for(test);
    const run = await rig.startReady('ignores-sigterm');
    run.stop({ kind: 'restart', reason: 'update' }, command, 60_000);
    await rig.said('ignored shutdown 60000');
    run.stop(stop, command, 100);
    await rig.said('ignored shutdown 100');
    await rig.said('ignored SIGTERM');
    run.kill();
    await endOf(run);
  });

  it('kills before anybody asked, if it must be', async (test) => {
    const rig = await RunRig.for(test);
    const run = await rig.startReady('ignores-sigterm');
    run.kill();
    test.expect((await endOf(run)).verdict.class).toBe('crash');
  });
});

describe.concurrent('what a worker tells', () => {
  it('about a gateway that stays down restarts it, at the price of a crash', async (test) => {
    const rig = await RunRig.for(test, { TUX_GATEWAY_DOWN_LIMIT_MS: '1000' });
    const run = await rig.startReady('loses-gateway');
    const { outcome, verdict } = await endOf(run);
    test.expect(outcome.exit).toMatchObject({ code: 75, intent: { kind: 'gateway-down' } });
    test.expect(verdict).toMatchObject({ class: 'crash', action: 'back-off' });
    test.expect(verdict.reason).toBe('the gateway has been down for 1 s');
  });

  it('about more memory than it may use restarts it in good order, at the price of a crash', async (test) => {
    const rig = await RunRig.for(test, { TUX_MAX_RSS_MB: '64' });
    const run = await rig.startReady('grows');
    test.expect(run.inspect().rssLimitBytes).toBe(64_000_000);
    const { outcome, verdict } = await endOf(run);
    test.expect(outcome.exit).toMatchObject({ code: 75, intent: { kind: 'limit' } });
    test.expect(verdict).toMatchObject({ class: 'limit', action: 'back-off' });
    test.expect(verdict.reason).toBe('it uses 70.0 MB of memory, the limit is 64.0 MB');
  });

  it('about IDENTIFYs is answered from the ledger, which is on disk by then', async (test) => {
    const rig = await RunRig.for(test);
    const run = rig.start('wants-identifies');
    const { outcome } = await endOf(run);
    const heard = rig.log.all('fixture:heard').map(({ message }) => message as Record<string, unknown>);
    test.expect(heard.map(({ type, id }) => [type, id])).toEqual([
      ['identify-granted', '1'],
      ['identify-granted', '2'],
      ['identify-granted', '3'],
      ['identify-denied', '4'],
    ]);
    test
      .expect(heard.map(({ budget }) => (budget as { remaining: number } | undefined)?.remaining))
      .toEqual([4, 3, 2, undefined]);
    test.expect(heard[3]).toMatchObject({ reason: '2 of 10 IDENTIFYs left, which is the reserve' });
    test.expect(heard[3]?.retryAfterMs).toBeGreaterThan(3_500_000);
    const saved = JSON.parse(await readFile(rig.config.paths.identifyLedger, 'utf8')) as { data: { identifies: [] } };
    test.expect(saved.data.identifies).toHaveLength(3);
    test.expect(outcome.exit.code).toBe(69);
  });

  it('ends up in what the supervisor shows of it', async (test) => {
    const rig = await RunRig.for(test);
    const run = rig.start('never-ready');
    await eventually('its first heartbeat', () => run.inspect().gateway !== null);
    test.expect(run.wasReady).toBe(false);
    test.expect(run.inspect()).toMatchObject({
      pid: run.pid,
      runId: run.runId,
      services: [
        { name: 'database', stage: 'running', critical: true, startedMs: null, durationMs: 3, error: null },
        {
          name: 'gateway',
          stage: 'initializing',
          critical: true,
          startedMs: test.expect.any(Number),
          durationMs: null,
          error: null,
        },
      ],
      gateway: { status: 'ready' },
      rssBytes: 1,
    });
  });
});
