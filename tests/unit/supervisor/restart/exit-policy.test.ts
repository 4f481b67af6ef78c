import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../../../shared/exit-codes.js';
import type { ExitMarker } from '../../../../shared/exit-marker.js';
import type { ShutdownReason } from '../../../../shared/ipc-protocol.js';
import {
  classifyExit,
  type ExitVerdict,
  type StopIntent,
  type WorkerExit,
} from '../../../../supervisor/restart/exit-policy.js';

const reason: ShutdownReason = { kind: 'command', message: 'asked for in Discord', by: 'owner' };

function marker(action: ExitMarker['action'], code: number = { stop: 0, restart: 75, fail: 70 }[action]): ExitMarker {
  return { runId: 'run', action, code, reason, by: 'owner' };
}

/** A worker that had been ready and ended without a word, unless told otherwise. */
function exit(facts: Partial<WorkerExit>): WorkerExit {
  return { code: null, signal: null, marker: null, intent: null, wasReady: true, ...facts };
}

type Expected = Partial<ExitVerdict>;
const stopped: Expected = { class: 'stopped', action: 'stop', exitCode: ExitCode.OK };
const planned: Expected = { class: 'planned', action: 'restart' };
const crash: Expected = { class: 'crash', action: 'back-off' };
const failedStart: Expected = { class: 'failed-start', action: 'back-off' };

it('a reason, which `status`, the page and holds repeat, holds no secret', () => {
  const message = 'cannot log in with hunter2-hunter2';
  const fatal = { ...marker('fail'), reason: { kind: 'fatal', message } as ShutdownReason };
  const verdict = classifyExit(exit({ code: 70, marker: fatal }), ['hunter2-hunter2']);
  expect(verdict.reason).toBe('cannot log in with [redacted]');
});

describe('the end of a worker that the supervisor did not bring about', () => {
  it.each<[string, Partial<WorkerExit>, Expected]>([
    ['0 after it said that it stops', { code: 0, marker: marker('stop') }, stopped],
    ['75 after it said that it restarts', { code: 75, marker: marker('restart') }, planned],
    ['78', { code: 78 }, { class: 'config', action: 'stop', exitCode: ExitCode.CONFIG }],
    ['78 at start', { code: 78, wasReady: false }, { class: 'config', action: 'stop', exitCode: ExitCode.CONFIG }],
    ['73', { code: 73, wasReady: false }, { class: 'locked', action: 'stop', exitCode: ExitCode.LOCKED }],
    ['69 at start', { code: 69, wasReady: false }, failedStart],
    ['69 after it was ready', { code: 69 }, crash],
    ['70 at start', { code: 70, wasReady: false }, failedStart],
    ['70 after it was ready', { code: 70 }, crash],
    ['74', { code: 74, wasReady: false }, failedStart],
    ['1, which is not ours', { code: 1 }, crash],
    ['13, Node’s own for a top-level await that never settles', { code: 13 }, crash],
    ['SIGKILL, as by hand or for want of memory', { signal: 'SIGKILL' }, crash],
    ['SIGSEGV at start', { signal: 'SIGSEGV', wasReady: false }, failedStart],
  ])('is judged for exit %s', (_what, facts, expected) => {
    expect(classifyExit(exit(facts))).toMatchObject(expected);
  });
});

describe('the traps', () => {
  it.each<[string, Partial<WorkerExit>, Expected]>([
    ['0 that nobody asked for is a crash, not a stop', { code: 0 }, crash],
    ['0 before ready is a failed start, not a stop', { code: 0, wasReady: false }, failedStart],
    ['75 without a request is a crash, not a restart', { code: 75 }, crash],
    ['0 after an announced failure is a crash', { code: 0, marker: marker('fail') }, crash],
    ['75 after an announced failure is a crash', { code: 75, marker: marker('fail') }, crash],
    [
      'the code wins over the marker: 0 after an announced restart stops',
      { code: 0, marker: marker('restart') },
      stopped,
    ],
    [
      'the code wins over the marker: 75 after an announced stop restarts',
      { code: 75, marker: marker('stop') },
      planned,
    ],
    [
      'the code wins over the marker: 70 after an announced stop is a crash',
      { code: 70, marker: marker('stop') },
      crash,
    ],
    ['killed while tearing down for a stop is a stop', { signal: 'SIGKILL', marker: marker('stop') }, stopped],
    ['killed while tearing down for a restart is a restart', { signal: 'SIGKILL', marker: marker('restart') }, planned],
    ['killed while tearing down after a failure is a crash', { signal: 'SIGKILL', marker: marker('fail') }, crash],
    ['143 while stopping is a stop', { code: 143, marker: marker('stop') }, stopped],
    ['130 while stopping is a stop', { code: 130, marker: marker('stop') }, stopped],
    [
      '143 while restarting is still a restart: forced is not another wish',
      { code: 143, marker: marker('restart') },
      planned,
    ],
    ['143 after a failure is still a failure', { code: 143, marker: marker('fail') }, crash],
    ['143 out of nothing is a crash', { code: 143 }, crash],
    ['15, what TerminateProcess leaves, is a crash', { code: 15 }, crash],
  ])('%s', (_title, facts, expected) => {
    expect(classifyExit(exit(facts))).toMatchObject(expected);
  });
});

describe('the end of a worker that the supervisor brought about', () => {
  const intent = (kind: StopIntent['kind']): { intent: StopIntent } => ({ intent: { kind, reason: `${kind}!` } });

  it.each<[string, Partial<WorkerExit>, Expected]>([
    ['stop, 0', { code: 0, ...intent('stop') }, stopped],
    ['stop, killed', { signal: 'SIGKILL', ...intent('stop') }, stopped],
    ['stop, whatever else went wrong on the way', { code: 78, ...intent('stop') }, stopped],
    ['restart, 75', { code: 75, ...intent('restart') }, planned],
    ['restart, killed at the deadline', { signal: 'SIGKILL', ...intent('restart') }, planned],
    ['restart, failing on the way down', { code: 70, ...intent('restart') }, planned],
    ['restart, yet only a human can help', { code: 78, ...intent('restart') }, { class: 'config', action: 'stop' }],
    ['restart, yet another bot is alive', { code: 73, ...intent('restart') }, { class: 'locked', action: 'stop' }],
    ['hang, killed', { signal: 'SIGKILL', ...intent('hang') }, { class: 'hang', action: 'back-off' }],
    ['hang, yet it ended by itself', { code: 75, ...intent('hang') }, { class: 'hang', action: 'back-off' }],
    ['start timeout', { code: 75, wasReady: false, ...intent('start-timeout') }, failedStart],
    ['gateway down: planned exit, counted as a crash', { code: 75, ...intent('gateway-down') }, crash],
    [
      'too much memory: planned exit, counted as a crash',
      { code: 75, ...intent('limit') },
      { ...crash, class: 'limit' },
    ],
  ])('is judged for %s', (_what, facts, expected) => {
    expect(classifyExit(exit(facts))).toMatchObject({ ...expected });
  });

  it('has the supervisor’s reason', () => {
    expect(classifyExit(exit({ signal: 'SIGKILL', ...intent('hang') })).reason).toBe('hang!');
  });
});

describe('the reason of an end', () => {
  it.each<[Partial<WorkerExit>, string]>([
    [{ code: 1 }, 'exit code 1'],
    [{ code: 0 }, 'exit code 0 although nobody asked it to stop'],
    [{ code: 75 }, 'exit code 75'],
    [{ signal: 'SIGKILL' }, 'killed by SIGKILL'],
    [{ code: 0, marker: marker('stop') }, 'asked for in Discord'],
    [{ signal: 'SIGKILL', marker: marker('stop') }, 'asked for in Discord (killed by SIGKILL)'],
    [{ code: 70, marker: { ...marker('fail'), reason: { kind: 'fatal', message: 'boom' } } }, 'boom'],
  ])('of %o is "%s"', (facts, expected) => {
    expect(classifyExit(exit(facts)).reason).toBe(expected);
  });

  it('never calls a death by signal "code 0"', () => {
    expect(classifyExit(exit({ signal: 'SIGTERM' })).reason).not.toContain('code');
  });
});
