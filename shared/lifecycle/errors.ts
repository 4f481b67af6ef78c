import { describeError, exitCodeOf, isTuxError, TuxError, type TuxErrorOptions } from '../errors.js';
import type { WorkerState } from './states.js';

/** A list of services that cannot be started in any order. Nothing was started. */
export class ServiceGraphError extends TuxError {
  constructor(message: string, details: TuxErrorOptions['details']) {
    super('TUX_SERVICE_GRAPH', message, { details });
    this.name = 'ServiceGraphError';
  }
}

/** A change of state that the worker's life does not have. */
export class InvalidTransitionError extends TuxError {
  constructor(from: WorkerState, to: WorkerState) {
    super('TUX_INVALID_TRANSITION', `The worker cannot go from ${from} to ${to}`, { details: { from, to } });
    this.name = 'InvalidTransitionError';
  }
}

/**
 * A service could not be initialized. Exit code and hint are those of the cause where that is a TuxError, so that a wrong
 * database URL still ends the worker with 78 and says what to fix.
 */
export class ServiceInitializationError extends TuxError {
  readonly service: string;
  readonly attempts: number;

  constructor(service: string, attempts: number, cause: unknown) {
    const tries = attempts === 1 ? '' : ` after ${attempts} attempts`;
    super('TUX_SERVICE_INITIALIZATION', `Service '${service}' failed to initialize${tries}: ${messageOf(cause)}`, {
      cause,
      exitCode: exitCodeOf(cause),
      hint: isTuxError(cause) ? cause.hint : undefined,
      details: { service, attempts },
    });
    this.name = 'ServiceInitializationError';
    this.service = service;
    this.attempts = attempts;
  }
}

/** A non-critical service and the fallback that should have replaced it both failed. */
export class FallbackError extends TuxError {
  constructor(service: string, serviceError: unknown, fallbackError: unknown) {
    super(
      'TUX_SERVICE_FALLBACK',
      `Service '${service}' failed (${messageOf(serviceError)}) and so did its fallback (${messageOf(fallbackError)})`,
      { cause: new AggregateError([serviceError, fallbackError]), details: { service } },
    );
    this.name = 'FallbackError';
  }
}

/** The start as a whole took too long. */
export class StartTimeoutError extends TuxError {
  readonly stuck: readonly string[];

  /** @param stuck services that were being initialized. @param waiting those whose turn had not come. */
  constructor(limitMs: number, stuck: readonly string[], waiting: readonly string[]) {
    const rest = waiting.length === 0 ? '' : `; not begun: ${waiting.join(', ')}`;
    super('TUX_START_TIMEOUT', `The start did not finish within ${limitMs} ms: stuck in ${stuck.join(', ')}${rest}`, {
      details: { limitMs, stuck, waiting },
    });
    this.name = 'StartTimeoutError';
    this.stuck = stuck;
  }
}

/** The start was called off by a stop or by the caller's signal. */
export class StartAbortedError extends TuxError {
  constructor(cause?: unknown) {
    super('TUX_START_ABORTED', `The start was called off${cause === undefined ? '' : `: ${describeError(cause)}`}`, {
      cause,
    });
    this.name = 'StartAbortedError';
  }
}

/** Without the hint: the error that quotes it carries its own. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
