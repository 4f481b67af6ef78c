import { CircuitBreaker } from '../../shared/circuit-breaker.js';
import { type Clock, systemClock } from '../../shared/clock.js';
import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';

/** One broken connection is no outage; a second failure without an answer in between is. */
const FAILURE_THRESHOLD = 2;
const FIRST_WAIT_MS = 500;
const NEXT_WAIT_MS = 1_000;

export interface DatabaseCircuitOptions {
  /** Asks the database for an answer over a connection of its own; rejects in bounded time. */
  probe(signal: AbortSignal): Promise<void>;
  /** Told once when the circuit opens, with the reason, and once when it has closed again, with null. */
  onChange(problem: TuxError | null): void;
  readonly clock?: Clock;
}

/**
 * Keeps everybody off a database that does not answer: who needs it hears so at once instead of waiting. Nobody's command
 * is the guinea pig: while it is open, a probe asks every second until the database answers.
 */
export class DatabaseCircuit {
  readonly #options: DatabaseCircuitOptions;
  readonly #clock: Clock;
  readonly #breaker: CircuitBreaker;
  readonly #over = new AbortController();
  #reason: TuxError | null = null;

  constructor(options: DatabaseCircuitOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#breaker = new CircuitBreaker({
      failureThreshold: FAILURE_THRESHOLD,
      firstWaitMs: FIRST_WAIT_MS,
      nextWaitMs: NEXT_WAIT_MS,
      clock: this.#clock,
    });
  }

  /** Why the database is known not to answer; null while it is not known to. */
  get problem(): TuxError | null {
    return this.#reason;
  }

  /** @throws TuxError TUX_DB_UNREACHABLE while the database is known not to answer. */
  assertClosed(): void {
    if (this.#reason !== null) throw circuitOpenError(this.#reason);
  }

  /** The database answered, if only to say no. While the circuit is open the probe alone decides. */
  noteAnswer(): void {
    if (this.#reason === null) this.#breaker.recordSuccess();
  }

  /** The database could not be reached or did not answer. */
  noteFailure(error: TuxError): void {
    if (this.#reason !== null) return;
    this.#breaker.recordFailure();
    if (this.#breaker.state === 'closed') return;
    this.#reason = error;
    this.#options.onChange(error);
    void this.#probeUntilAnswered().catch(() => {}); // ended by close()
  }

  /** Ends the probing. */
  close(): void {
    this.#over.abort();
  }

  async #probeUntilAnswered(): Promise<void> {
    const { signal } = this.#over;
    do await this.#clock.sleep(this.#breaker.retryAfterMs, signal);
    while (!(await this.#isAnswering(signal)));
    this.#reason = null;
    this.#options.onChange(null);
  }

  async #isAnswering(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#options.probe(signal);
      this.#breaker.recordSuccess();
      return true;
    } catch {
      signal.throwIfAborted();
      this.#breaker.recordFailure();
      return false;
    }
  }
}

function circuitOpenError(cause: TuxError): TuxError {
  return new TuxError('TUX_DB_UNREACHABLE', 'The database does not answer; it is being asked again every second', {
    cause,
    exitCode: ExitCode.UNAVAILABLE,
  });
}
