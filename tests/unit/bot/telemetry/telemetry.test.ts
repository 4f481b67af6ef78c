import { beforeEach, describe, expect, it } from 'vitest';
import type { CommandOutcome } from '../../../../bot/framework/command-invoker.js';
import type { ErrorReporter } from '../../../../bot/telemetry/error-reporter.js';
import { Metrics } from '../../../../bot/telemetry/metrics.js';
import { SetupTrace } from '../../../../bot/telemetry/setup-trace.js';
import { reportShutdown } from '../../../../bot/telemetry/shutdown-report.js';
import { Telemetry } from '../../../../bot/telemetry/telemetry.js';
import type { Tags, TraceRecord } from '../../../../bot/telemetry/trace.js';
import { TuxError } from '../../../../shared/errors.js';
import { ServiceInitializationError } from '../../../../shared/lifecycle/index.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

let captured: [error: unknown, tags: Tags | undefined][];
let traces: TraceRecord[];
let said: string[];
let reporter: ErrorReporter;
let metrics: Metrics;
let telemetry: Telemetry;
let logger: ReturnType<typeof recordingLogger>;

beforeEach(() => {
  captured = [];
  traces = [];
  said = [];
  logger = recordingLogger();
  reporter = {
    capture: (error, tags) => void captured.push([error, tags]),
    captureMessage: (message) => void said.push(message),
    tag: (tags) => void said.push(JSON.stringify(tags)),
    attach: () => {},
    trace: (record) => void traces.push(record),
    flush: async () => {},
  };
  const clock = new FakeClock();
  metrics = new Metrics(
    () => {
      throw new Error('not asked for here');
    },
    () => new Date(0),
  );
  telemetry = new Telemetry({ reporter, metrics, setup: new SetupTrace(clock), clock, log: logger.log });
});

const outcome = (more: Partial<CommandOutcome>): CommandOutcome => ({
  path: 'ping',
  eventId: '1',
  result: 'ok',
  durationMs: 5,
  ...more,
});

describe('a command that is over', () => {
  it('is a trace of its own', () => {
    telemetry.noteCommand(outcome({}), true);
    expect(traces).toMatchObject([
      { name: 'command.ping', op: 'command', isOk: true, tags: { 'command.success': 'true' }, parts: [] },
    ]);
    expect(captured).toEqual([]);
  });

  it('is reported when it failed for no reason that was expected', () => {
    const bug = new Error('bug');
    telemetry.noteCommand(outcome({ result: 'failed', error: bug, errorId: 'E1' }), true);
    telemetry.noteCommand(outcome({ result: 'failed', error: new Error('your own fault') }), true);
    expect(captured).toEqual([[bug, { 'command.name': 'ping', 'command.success': 'false', errorId: 'E1' }]]);
    expect(traces.map(({ isOk }) => isOk)).toEqual([false, false]);
  });

  it('is reported with what was done when the database failed it', () => {
    const error = new TuxError('TUX_DB_UNREACHABLE', 'gone');
    telemetry.noteCommand(outcome({ result: 'failed', error }), true);
    expect(captured).toMatchObject([[error, { 'database.operation': 'command ping' }]]);
  });

  it('goes by no name that others made up', () => {
    telemetry.noteCommand(outcome({ path: 'made.up' }), false);
    expect(traces[0]?.name).toBe('command.other');
  });
});

describe('a start', () => {
  it('that is over is told once', () => {
    telemetry.noteStarted();
    telemetry.noteStarted();
    expect(traces).toMatchObject([{ name: 'bot.setup', isOk: true }]);
  });

  it('that failed reports the service and not the failure of the start as well', async () => {
    const cause = new TuxError('TUX_DB_UNREACHABLE', 'gone');
    const event = { service: 'database', critical: true, error: cause, durationMs: 1, isOnFallback: false } as const;
    await telemetry.lifecycleHooks().onServiceFailed?.({ ...event, phase: 'initialize' });
    telemetry.noteStarted(new ServiceInitializationError('database', 3, cause));
    expect(captured).toEqual([[cause, { 'database.operation': 'connection' }]]);
    expect(traces).toMatchObject([{ isOk: false, parts: [{ name: 'bot.setup_database', isOk: false }] }]);
  });
});

describe('a signal', () => {
  it('is the first thing that a shutdown reports', () => {
    reportShutdown(reporter, { kind: 'signal', message: 'SIGTERM', signal: 'SIGTERM' });
    reportShutdown(reporter, { kind: 'command', message: 'asked for' });
    expect(said).toEqual([
      '{"shutdown.reason":"signal","signal.received":"SIGTERM"}',
      'Received SIGTERM',
      '{"shutdown.reason":"command"}',
    ]);
  });
});

describe('a connection that breaks', () => {
  it('is worth a message, and no error', () => {
    telemetry.noteDisconnect();
    expect([said, captured]).toEqual([['Disconnected from Discord, reconnecting'], []]);
  });
});

describe('the line that all is well', () => {
  it('is for everybody to see only when there was something to do', () => {
    telemetry.logHealth();
    metrics.countEvent();
    telemetry.logHealth();
    telemetry.logHealth();
    expect(logger.records.map(({ level, msg }) => [level, msg])).toEqual([
      [20, '✅ Worker healthy, processed 0 messages'],
      [30, '✅ Worker healthy, processed 1 messages'],
      [20, '✅ Worker healthy, processed 1 messages'],
    ]);
  });
});
