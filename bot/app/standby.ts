import { describeError } from '../../shared/errors.js';
import { standbyBeatMs } from '../../shared/standby.js';
import type { Application } from './application.js';
import type { PreflightReport } from './preflight/preflight.js';
import { readVitals } from './vitals.js';

export interface StandbyOptions {
  readonly application: Pick<Application, 'options' | 'parts' | 'preflight' | 'prepare' | 'start' | 'uptimeMs'>;
  /** It is of a build that has not served yet: it has to show first that it can. */
  readonly isNewBuild: boolean;
  /** Tells the supervisor that this process serves from now on. */
  readonly sayHello: () => void;
  /** Ends the process. */
  readonly exit: (code: number) => void;
}

/**
 * The time before a standby takes over. It prepares, tells the supervisor, and sleeps, but for a heartbeat now and then. It holds
 * nothing that has to be put in order, so whatever ends it ends it at once.
 */
export class Standby {
  readonly #options: StandbyOptions;
  readonly #preparedFrom: number;
  #isWaiting = true;
  #timer: NodeJS.Timeout | undefined;
  #seq = 0;

  constructor(options: StandbyOptions) {
    this.#options = options;
    this.#preparedFrom = options.application.options.clock.monotonic();
  }

  /** It has not taken over. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Prepares and reports; resolves when that is done. Never rejects. */
  async begin(): Promise<void> {
    const { application } = this.#options;
    const { config } = application.options;
    this.#timer = setInterval(() => this.#beat(), standbyBeatMs(config.env.TUX_HEARTBEAT_INTERVAL_MS));
    try {
      const { problems, pendingMigrations } = await this.#preflight();
      if (problems.length > 0) this.#report('failed', problems);
      else this.#report('prepared', await this.#prepare(), pendingMigrations);
    } catch (error) {
      this.#report('failed', [describeError(error)]);
    }
  }

  /** From here on this is a worker like any other. What is not prepared yet is done on the way. */
  activate(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    clearInterval(this.#timer);
    this.#options.sayHello();
    void this.#options.application.start();
  }

  /** Ends the process at once if it still waits. @returns whether it did. */
  leave(code = 0): boolean {
    if (this.#isWaiting) this.#options.exit(code);
    return this.#isWaiting;
  }

  async #preflight(): Promise<PreflightReport> {
    const { application, isNewBuild } = this.#options;
    return isNewBuild ? await application.preflight() : { problems: [], pendingMigrations: [] };
  }

  /** With the garbage of it collected: that is not to be done in the moment when it takes over. */
  async #prepare(): Promise<string[]> {
    const problems = await this.#options.application.prepare();
    globalThis.gc?.();
    return problems;
  }

  #report(stage: 'prepared' | 'failed', problems: readonly string[], pending: readonly string[] = []): void {
    if (!this.#isWaiting) return;
    const { options, parts } = this.#options.application;
    const { send, clock } = options;
    const preparedMs = Math.round(clock.monotonic() - this.#preparedFrom);
    send({
      type: 'standby',
      stage,
      problems: [...problems],
      preparedMs,
      rssBytes: process.memoryUsage.rss(),
      bytesAhead: parts.tux?.gateway.bytesAhead ?? 0,
      pendingMigrations: [...pending],
    });
  }

  #beat(): void {
    const { options, parts, uptimeMs } = this.#options.application;
    options.send({
      type: 'heartbeat',
      seq: this.#seq++,
      eventLoopLagMs: 0, // to measure it would wake the process twenty times a second
      rssBytes: process.memoryUsage.rss(),
      ...readVitals(parts, uptimeMs),
    });
  }
}
