import { backoffDelay } from '../../shared/backoff.js';
import type { Clock } from '../../shared/clock.js';
import type { Status } from '../../shared/control/status.js';
import { deadline } from '../../shared/deadline.js';
import type { ExitCode } from '../../shared/exit-codes.js';
import type { ShutdownReason } from '../../shared/ipc-protocol.js';
import type { Logger } from '../../shared/logging/logger.js';
import { redact } from '../../shared/redact.js';
import type { SupervisionObserver } from '../supervision-observer.js';
import type { NotifyCommand } from './notify-command.js';
import { oneLine, statusText } from './status-text.js';

/** Between two changes of the text: somebody may watch it, but nobody reads faster. */
const STATUS_INTERVAL_MS = 1_000;
/** How often more time is asked for during a start or a stop, and how much. */
const EXTEND_INTERVAL_MS = 10_000;
const EXTENSION_MS = 30_000;
/** Before what could not be sent is sent again: a watchdog must not starve because one program did not start in time. */
const RETRY = { baseMs: 1_000, maxMs: 10_000, jitter: 'none' } as const;
/** What the end of the supervisor waits for its last words. */
const CLOSE_LIMIT_MS = 2_000;

export interface SystemdNotifierOptions {
  readonly command: Pick<NotifyCommand, 'send'>;
  /** Null when systemd does not watch. */
  readonly watchdogMs: number | null;
  /** Of the supervisor. */
  readonly pid: number;
  readonly status: () => Status;
  /** What is wrong with the supervision itself; empty when nothing is. */
  readonly supervisionProblems: () => string[];
  /** Literals that must not be told. */
  readonly secrets: readonly string[];
  readonly log: Logger;
  readonly clock: Clock;
  /** CLOCK_MONOTONIC in microseconds, as systemd compares it. */
  readonly monotonicUsec?: () => bigint;
}

/** What one call of the command tells. */
interface Message {
  /** A change of state. */
  readonly state: readonly string[];
  readonly due: readonly string[];
  readonly text: readonly string[];
}

/**
 * Tells systemd how Tux fares, in the words of sd_notify(3): ready when Tux is ready for the first time, from then on
 * everything else is a status text; signs of life for the watchdog while supervision is healthy, whatever the worker does. A
 * start and a stop get as much time as they need as long as supervision is healthy: a supervisor that waits out a hold
 * works, and ending it would help nobody.
 *
 * Nobody waits for it. One message is under way at a time; what is due meanwhile goes into the next, and so does what could not
 * be sent: without a `READY=1` that got lost, systemd would end a service that serves.
 */
export class SystemdNotifier implements SupervisionObserver {
  readonly #options: SystemdNotifierOptions;
  readonly #closing = new AbortController();
  /** Changes of state, each a message of its own, in their order. */
  readonly #states: (readonly string[])[] = [];
  /** Sent with the next message. */
  readonly #due = new Set<string>();
  #phase: 'starting' | 'running' | 'stopping' = 'starting';
  #isReloading = false;
  #isUnhealthy = false;
  /** Why the supervisor ends; stands in for the status from then on. */
  #lastWords: string | null = null;
  #sentText = '';
  #sentTextAt = Number.NEGATIVE_INFINITY;
  #sending: Promise<void> | null = null;
  #isTextWaiting = false;

  constructor(options: SystemdNotifierOptions) {
    this.#options = options;
  }

  /** Begins to give signs of life. */
  start(): void {
    const { watchdogMs } = this.#options;
    if (watchdogMs !== null) this.#repeat('WATCHDOG=1', watchdogMs / 2, () => true);
    this.#extendWhile('starting');
    this.#send();
  }

  onReady(): void {
    if (this.#phase !== 'starting') return;
    this.#phase = 'running';
    this.#states.push(['READY=1', `MAINPID=${this.#options.pid}`]);
  }

  onReloading(): void {
    if (this.#phase !== 'running' || this.#isReloading) return;
    this.#isReloading = true;
    const { monotonicUsec = systemMonotonicUsec } = this.#options;
    this.#states.push(['RELOADING=1', `MONOTONIC_USEC=${monotonicUsec()}`]);
  }

  onReloaded(): void {
    if (!this.#isReloading) return;
    this.#isReloading = false;
    this.#states.push(['READY=1']);
  }

  onStopping(reason: ShutdownReason): void {
    // A service that ends with 0 before it was ready counts as failed, and would be started again although somebody stopped it.
    if (this.#phase === 'starting') this.onReady();
    this.#stop(`Stopping: ${reason.message}`);
  }

  onGaveUp(exitCode: ExitCode, message: string): void {
    this.#stop(`Gave up with exit code ${exitCode}: ${message}`);
  }

  /** Comes after each of the others, too. */
  onChange(): void {
    this.#send();
  }

  /** Waits until the last words are sent, but not for long. */
  async close(): Promise<void> {
    const { clock } = this.#options;
    await deadline('telling systemd', CLOSE_LIMIT_MS, () => this.#sending, undefined, clock).catch(() => {});
    this.#closing.abort();
  }

  #stop(lastWords: string): void {
    this.#lastWords ??= lastWords;
    if (this.#phase === 'stopping') return;
    this.#phase = 'stopping';
    this.#isReloading = false;
    this.#states.push(['STOPPING=1']);
    this.#extendWhile('stopping');
  }

  #extendWhile(phase: 'starting' | 'stopping'): void {
    const extension = `EXTEND_TIMEOUT_USEC=${EXTENSION_MS * 1_000}`;
    this.#repeat(extension, EXTEND_INTERVAL_MS, () => this.#phase === phase);
  }

  /** Says `assignment` at once and in this interval, as long as supervision is healthy. */
  #repeat(assignment: string, intervalMs: number, isWanted: () => boolean): void {
    const { signal } = this.#closing;
    const repeat = async () => {
      while (isWanted() && !signal.aborted) {
        if (this.#isHealthy()) this.#due.add(assignment);
        this.#send();
        await this.#options.clock.sleep(intervalMs, signal).catch(() => {}); // closed
      }
    };
    repeat().catch(this.#noteFailure);
  }

  #isHealthy(): boolean {
    const { supervisionProblems, log } = this.#options;
    const problems = supervisionProblems();
    const wasUnhealthy = this.#isUnhealthy;
    this.#isUnhealthy = problems.length > 0;
    if (this.#isUnhealthy && !wasUnhealthy) {
      log.error(
        { event: 'systemd:unhealthy', problems },
        `❌ Not well, so systemd is told nothing: ${problems.join('; ')}`,
      );
    }
    return !this.#isUnhealthy;
  }

  #send(): void {
    if (this.#closing.signal.aborted) return;
    this.#sending ??= this.#sendAll().catch(this.#noteFailure);
  }

  /** A fault of ours; Tux goes on. */
  readonly #noteFailure = (err: unknown) => {
    this.#options.log.error({ event: 'systemd:notifier-failed', err }, '❌ Telling systemd how Tux fares failed');
  };

  async #sendAll(): Promise<void> {
    const { signal } = this.#closing;
    await null; // what belongs to the same event is one message
    try {
      let failures = 0;
      for (let message = this.#next(); message !== null; message = this.#next()) {
        if (await this.#options.command.send([...message.state, ...message.due, ...message.text])) {
          failures = 0;
          continue;
        }
        if (signal.aborted) return;
        this.#takeBack(message);
        await this.#options.clock.sleep(backoffDelay(RETRY, failures), signal).catch(() => {}); // closed
        failures += 1;
      }
    } finally {
      this.#sending = null; // in the same turn as the last look, so that nothing falls between
    }
  }

  /** Everything that is due; null when nothing is, or nobody waits for it any more. */
  #next(): Message | null {
    if (this.#closing.signal.aborted) return null;
    const state = this.#states[0] ?? [];
    const text = this.#nextText(state.length > 0);
    const due = [...this.#due];
    this.#states.shift();
    this.#due.clear();
    return state.length + due.length + text.length === 0 ? null : { state, due, text };
  }

  #takeBack({ state, due }: Message): void {
    if (state.length > 0) this.#states.unshift(state);
    for (const assignment of due) this.#due.add(assignment);
    this.#sentText = '';
    this.#sentTextAt = Number.NEGATIVE_INFINITY;
  }

  #nextText(isState: boolean): string[] {
    const { clock, status, secrets } = this.#options;
    const text = redact(this.#lastWords === null ? statusText(status()) : oneLine(this.#lastWords), secrets);
    if (text === this.#sentText) return [];
    const waitMs = this.#sentTextAt + STATUS_INTERVAL_MS - clock.monotonic();
    if (waitMs > 0 && !isState) {
      this.#sendTextAfter(waitMs);
      return [];
    }
    this.#sentText = text;
    this.#sentTextAt = clock.monotonic();
    return [`STATUS=${text}`];
  }

  #sendTextAfter(waitMs: number): void {
    if (this.#isTextWaiting) return;
    this.#isTextWaiting = true;
    const sleep = this.#options.clock.sleep(waitMs, this.#closing.signal);
    void sleep
      .catch(() => {})
      .then(() => {
        this.#isTextWaiting = false;
        this.#send();
      });
  }
}

function systemMonotonicUsec(): bigint {
  return process.hrtime.bigint() / 1_000n; // libuv reads CLOCK_MONOTONIC
}
