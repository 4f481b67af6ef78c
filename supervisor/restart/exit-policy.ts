import { ExitCode } from '../../shared/exit-codes.js';
import type { ExitMarker } from '../../shared/exit-marker.js';
import { redact } from '../../shared/redact.js';

/** How a run ended, in the words of `history` and `status`. */
export type RunClass = 'stopped' | 'planned' | 'crash' | 'hang' | 'failed-start' | 'limit' | 'config' | 'locked';

/** What is known of a worker that was just reaped. Code and signal are kept apart: a signal death is never "code 0". */
export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What this very run announced before it tore down, from its marker or else its `closing` message, or null. */
  readonly marker: ExitMarker | null;
  /** What the supervisor itself had set in motion, or null. */
  readonly intent: StopIntent | null;
  /** Tux had reported `ready`. */
  readonly wasReady: boolean;
}

/** Why the supervisor ended the worker. */
export type StopIntent =
  | { readonly kind: 'stop' | 'restart'; readonly reason: string }
  | { readonly kind: 'hang' | 'start-timeout' | 'gateway-down' | 'limit'; readonly reason: string };

/** How the end of a run is judged, and what the supervisor does then. */
export interface ExitVerdict {
  readonly class: RunClass;
  /** `stop`: the supervisor ends with `exitCode`. `restart`: at once. `back-off`: as the restart policy says. */
  readonly action: 'stop' | 'restart' | 'back-off';
  readonly exitCode: ExitCode;
  readonly reason: string;
}

/**
 * Classifies the end of a worker. The exit code wins over the marker, which counts only where a signal took the code away
 * or the exit was forced. A 0 or 75 that nobody asked for is a crash: discord.js lets a process run out with code 0 when its gateway
 * closes for good, and a supervisor that believed it would stop for ever.
 *
 * @param secrets literals that the reason must not hold: it goes to the log, `status`, the page and notifications.
 */
export function classifyExit(exit: WorkerExit, secrets: readonly string[] = []): ExitVerdict {
  const verdict = judge(exit);
  return { ...verdict, reason: redact(verdict.reason, secrets) };
}

/** How a run ended of which only its own account is left: it said with which code it was going to. */
export function classOfExitCode(code: number, wasReady: boolean): RunClass {
  switch (code) {
    case ExitCode.OK:
      return 'stopped';
    case ExitCode.RESTART:
      return 'planned';
    case ExitCode.CONFIG:
      return 'config';
    case ExitCode.LOCKED:
      return 'locked';
    default:
      return wasReady ? 'crash' : 'failed-start';
  }
}

function judge(exit: WorkerExit): ExitVerdict {
  const { code, intent } = exit;
  if (intent?.kind === 'stop') return stopped(intent.reason);
  if (intent?.kind === 'hang') return backOff('hang', intent.reason);
  if (intent?.kind === 'start-timeout') return backOff('failed-start', intent.reason);
  if (intent?.kind === 'gateway-down') return backOff('crash', intent.reason);
  if (intent?.kind === 'limit') return backOff('limit', intent.reason);
  if (code === ExitCode.CONFIG) return { ...stopped(reasonOf(exit)), class: 'config', exitCode: ExitCode.CONFIG };
  if (code === ExitCode.LOCKED) return { ...stopped(reasonOf(exit)), class: 'locked', exitCode: ExitCode.LOCKED };
  if (intent?.kind === 'restart') return planned(intent.reason);

  const action = requestedAction(exit);
  if (action === 'stop') return stopped(reasonOf(exit));
  if (action === 'restart') return planned(reasonOf(exit));
  return backOff(exit.wasReady ? 'crash' : 'failed-start', reasonOf(exit));
}

/** What somebody had asked of the worker; null when nobody had, or when it failed on the way. */
function requestedAction({ code, marker }: WorkerExit): 'stop' | 'restart' | null {
  if (marker === null || marker.action === 'fail') return null;
  const isCut = code === null || code === ExitCode.FORCED_SIGINT || code === ExitCode.FORCED_SIGTERM;
  if (isCut) return marker.action;
  if (code === ExitCode.OK) return 'stop';
  return code === ExitCode.RESTART ? 'restart' : null;
}

function stopped(reason: string): ExitVerdict {
  return { class: 'stopped', action: 'stop', exitCode: ExitCode.OK, reason };
}

function planned(reason: string): ExitVerdict {
  return { class: 'planned', action: 'restart', exitCode: ExitCode.OK, reason };
}

function backOff(runClass: RunClass, reason: string): ExitVerdict {
  return { class: runClass, action: 'back-off', exitCode: ExitCode.OK, reason };
}

function reasonOf(exit: WorkerExit): string {
  const how = exit.signal === null ? `exit code ${exit.code}` : `killed by ${exit.signal}`;
  if (exit.marker === null) return exit.code === ExitCode.OK ? `${how} although nobody asked it to stop` : how;
  const { message } = exit.marker.reason;
  return exit.signal === null ? message : `${message} (${how})`;
}
