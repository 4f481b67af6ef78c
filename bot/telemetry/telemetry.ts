import type { Clock } from '../../shared/clock.js';
import { isTuxError } from '../../shared/errors.js';
import { type LifecycleHooks, ServiceInitializationError } from '../../shared/lifecycle/index.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { CommandOutcome } from '../framework/command-invoker.js';
import type { ErrorReporter } from './error-reporter.js';
import type { Metrics } from './metrics.js';
import type { SetupTrace } from './setup-trace.js';
import { spanEndingAt, type Tags } from './trace.js';

export interface TelemetryOptions {
  readonly reporter: ErrorReporter;
  readonly metrics: Metrics;
  readonly setup: SetupTrace;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What the parts of the bot tell of themselves, and who hears of it: the metrics, Sentry, the log. */
export class Telemetry {
  readonly metrics: Metrics;
  readonly #options: TelemetryOptions;
  #lastProcessed = 0;

  constructor(options: TelemetryOptions) {
    this.metrics = options.metrics;
    this.#options = options;
  }

  /** The course of the start as a trace, and every service that fails, then or later. */
  lifecycleHooks(): LifecycleHooks {
    const { setup, reporter } = this.#options;
    return {
      ...setup.hooks(),
      onServiceFailed: (event) => {
        const { service, phase, error } = event;
        if (service === 'database') this.captureDatabaseError(error, phase === 'initialize' ? 'connection' : phase);
        else reporter.capture(error, { service, phase });
        return setup.hooks().onServiceFailed?.(event);
      },
    };
  }

  /** The start is over. @param error why it failed. */
  noteStarted(error?: unknown): void {
    const { setup, reporter } = this.#options;
    // The failure of a service has been reported when it happened, with the service it was.
    if (error !== undefined && !(error instanceof ServiceInitializationError)) reporter.capture(error);
    const trace = setup.finish(error === undefined);
    if (trace) reporter.trace(trace);
  }

  /** @param isKnown whether Tux has given this name: old buttons carry names that nobody knows any more. */
  noteCommand(outcome: CommandOutcome, isKnown: boolean): void {
    const { metrics, reporter, clock } = this.#options;
    const { path, result, durationMs, error, errorId } = outcome;
    const command = isKnown ? path : 'other';
    metrics.countCommand(command, result, durationMs);
    const isOk = result !== 'failed';
    const tags: Tags = { 'command.name': command, 'command.success': String(isOk) };
    if (isDatabaseError(error)) this.captureDatabaseError(error, `command ${command}`, tags);
    else if (errorId !== undefined) reporter.capture(error, { ...tags, errorId });
    const span = spanEndingAt(clock.now(), durationMs, { name: `command.${command}`, isOk, tags });
    reporter.trace({ ...span, op: 'command', parts: [] });
  }

  /** The connection to Discord broke. One is nothing to worry about; many are. */
  noteDisconnect(): void {
    this.#options.reporter.captureMessage('Disconnected from Discord, reconnecting');
  }

  /** @param operation what was done with the database: `connection`, `health`, `command NAME`. */
  captureDatabaseError(error: unknown, operation: string, tags: Tags = {}): void {
    this.#options.reporter.capture(error, { ...tags, 'database.operation': operation });
  }

  /** The line that says that all is well: at info only when there was something to do since the last one. */
  logHealth(): void {
    const { metrics, log } = this.#options;
    const { processed } = metrics;
    const level = processed > this.#lastProcessed ? 'info' : 'debug';
    this.#lastProcessed = processed;
    log[level]({ event: 'worker:healthy', processed }, `✅ Worker healthy, processed ${processed} messages`);
  }
}

function isDatabaseError(error: unknown): boolean {
  return isTuxError(error) && error.code.startsWith('TUX_DB_');
}
