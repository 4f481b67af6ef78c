import { describe, expect, it } from 'vitest';
import { SetupTrace } from '../../../../bot/telemetry/setup-trace.js';
import { shutdownTrace } from '../../../../bot/telemetry/shutdown-report.js';
import { FakeClock } from '../../../../shared/testing/index.js';

const initialized = (service: string, durationMs: number) => ({ service, critical: true, attempts: 1, durationMs });
const failed = { service: 'prefix', critical: false, error: new Error('no'), durationMs: 20, isOnFallback: true };

describe('the trace of the start', () => {
  it('is bot.setup with a part for each service, as long as it took', async () => {
    const clock = new FakeClock();
    const startedAt = clock.now();
    const setup = new SetupTrace(clock);
    await clock.advance(100);
    await setup.hooks().onServiceInitialized?.(initialized('database', 80));
    await setup.hooks().onServiceFailed?.({ ...failed, phase: 'initialize' });
    await setup.hooks().onServiceFailed?.({ ...failed, phase: 'cleanup' });
    await clock.advance(50);
    const trace = setup.finish(true);
    expect(trace).toMatchObject({
      name: 'bot.setup',
      isOk: true,
      startedAt: new Date(startedAt),
      endedAt: new Date(startedAt + 150),
    });
    expect(trace?.tags).toEqual({
      'database.setup': 'success',
      'prefix.setup': 'failed',
      'bot.setup_complete': 'true',
    });
    expect(trace?.parts).toEqual([
      {
        name: 'bot.setup_database',
        isOk: true,
        startedAt: new Date(startedAt + 20),
        endedAt: new Date(startedAt + 100),
        tags: { setup_phase: 'database_finished', 'database.setup': 'success' },
      },
      expect.objectContaining({
        name: 'bot.setup_prefix',
        isOk: false,
        tags: { setup_phase: 'prefix_failed', 'prefix.setup': 'failed' },
      }),
    ]);
  });

  it('is told once', () => {
    const setup = new SetupTrace(new FakeClock());
    expect(setup.finish(false)).toMatchObject({ isOk: false, tags: { 'bot.setup_complete': 'false' } });
    expect(setup.finish(true)).toBeNull();
  });
});

describe('the trace of the shutdown', () => {
  it('puts the phases one after the other', () => {
    const phases = [
      { name: 'refuse new work', ms: 10 },
      { name: 'drain', ms: 200, error: 'overran' },
    ];
    const trace = shutdownTrace(phases, { kind: 'signal', message: 'SIGTERM', signal: 'SIGTERM' }, 1_000);
    const times = trace.parts.map(({ name, isOk, startedAt, endedAt }) => [name, isOk, +startedAt, +endedAt]);
    expect(times).toEqual([
      ['bot.shutdown_refuse_new_work', true, 790, 800],
      ['bot.shutdown_drain', false, 800, 1_000],
    ]);
    expect(trace).toMatchObject({ name: 'bot.shutdown', isOk: false, startedAt: new Date(790) });
    expect(trace.tags).toEqual({ 'shutdown.reason': 'signal', 'signal.received': 'SIGTERM' });
  });
});
