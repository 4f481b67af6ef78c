import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../shared/clock.js';
import type { Config } from '../../shared/config/load.js';
import { TuxError } from '../../shared/errors.js';
import { IPC_PROTOCOL_VERSION, type StandbyReport, type WorkerMessage } from '../../shared/ipc-protocol.js';
import { PREFLIGHT_FLAG, STANDBY_FLAG, standbyBeatMs } from '../../shared/standby.js';
import type { LogSink } from '../logs/log-sink.js';
import { HeartbeatWatchdog } from '../worker/heartbeat-watchdog.js';
import { LastWords } from '../worker/last-words.js';
import { type WorkerHandlers, WorkerProcess, YOUNG_MIB } from '../worker/worker-process.js';

/** Missed heartbeats that make one a standby that hangs. */
const MISSES = 3;
/** Between SIGTERM, which a standby obeys at once, and SIGKILL. */
const END_GRACE_MS = 1_000;

/**
 * All that a standby does when it takes over, it does for the first time, and there is time to prepare for it: functions are compiled
 * when they are loaded and stay compiled while it waits, and all the room for new objects is there at once. Together a third of the
 * time until it serves.
 */
const READY_TO_RUN: readonly string[] = [
  '--no-lazy',
  '--no-flush-bytecode',
  `--min-semi-space-size=${YOUNG_MIB}`,
  '--expose-gc', // once, when it is prepared
];

export interface StandbyOptions {
  /** The run that it will be once it takes over. */
  readonly runId: string;
  /** The compiled worker, of whichever build. */
  readonly program: string;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Before it is prepared, it looks at all that could keep its build from serving. Default: no. */
  readonly preflight?: boolean;
  /** Read at each use: its settings may change. */
  readonly config: Pick<Config, 'env'>;
  readonly sink: Pick<LogSink, 'writeFromWorker' | 'forgetRun'>;
  readonly clock: Clock;
}

/**
 * One standby, from its spawn to its end or until it takes over. It has to say `hello`, get prepared in time, and show that it
 * lives; whatever it fails in, it is ended, and {@link over} says why.
 */
export class StandbyProcess {
  readonly runId: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Resolves with what it said when it was prepared; its `problems` need not keep it from taking over. Rejects when it ended before. */
  readonly prepared: Promise<StandbyReport>;
  /** Resolves when it is reaped, with why, in words; never for one that took over. */
  readonly over: Promise<string>;
  readonly #options: StandbyOptions;
  readonly #worker: WorkerProcess;
  readonly #watchdog: HeartbeatWatchdog;
  readonly #lastWords = new LastWords();
  /** Aborted when there is nothing more to wait for: it is over, or has taken over. */
  readonly #settled = new AbortController();
  #resolvePrepared: (report: StandbyReport) => void = () => {};
  #rejectPrepared: (error: TuxError) => void = () => {};
  #saidHello = false;
  #report: StandbyReport | null = null;
  #rssBytes: number | null = null;
  #ownProblems: readonly string[] = [];
  /** Why it is being ended. */
  #problem: string | null = null;
  #hasTakenOver = false;
  #isReaped = false;

  private constructor(options: StandbyOptions) {
    const { runId, environment, config, clock } = options;
    this.#options = options;
    this.runId = runId;
    this.environment = environment;
    this.prepared = new Promise((resolve, reject) => {
      this.#resolvePrepared = resolve;
      this.#rejectPrepared = reject;
    });
    this.prepared.catch(() => {}); // `over` tells, too
    const args = options.preflight ? [STANDBY_FLAG, PREFLIGHT_FLAG] : [STANDBY_FLAG];
    this.#worker = WorkerProcess.spawn({ ...options, args, nodeArgs: READY_TO_RUN, handlers: this.#handlers() });
    this.#watchdog = new HeartbeatWatchdog({
      get intervalMs() {
        return standbyBeatMs(config.env.TUX_HEARTBEAT_INTERVAL_MS);
      },
      misses: MISSES,
      clock,
      onHang: (silentMs) => this.#fail(`no heartbeat for ${Math.round(silentMs / 1000)} s`),
    });
    void this.#expect('hello', config.env.TUX_HELLO_TIMEOUT_MS, () => this.#saidHello);
    void this.#expect('word that it is prepared', config.env.TUX_START_TIMEOUT_MS, () => this.#report !== null);
    this.over = this.#watchEnd();
  }

  /** @throws TuxError TUX_SPAWN (exit 69) when there can be no process now. */
  static start(options: StandbyOptions): StandbyProcess {
    return new StandbyProcess(options);
  }

  get pid(): number {
    return this.#worker.pid;
  }

  /** What it said when it was prepared; null until then. */
  get report(): StandbyReport | null {
    return this.#report;
  }

  /** What is wrong with it, one sentence each: what it said itself, or why it was ended. */
  get problems(): readonly string[] {
    if (this.#ownProblems.length > 0) return this.#ownProblems;
    return this.#problem === null ? [] : [this.#problem];
  }

  /** As of its last word; null before. */
  get rssBytes(): number | null {
    return this.#rssBytes;
  }

  /** It lives and nothing is wrong with it. */
  get isUsable(): boolean {
    return this.#problem === null && !this.#isReaped && !this.#settled.signal.aborted;
  }

  /** How long it lives, in ms. */
  get ageMs(): number {
    return this.#worker.uptimeMs;
  }

  /**
   * It takes over: the worker before it must be reaped. One that is not prepared yet goes on as soon as it is.
   *
   * @returns its process, which answers to `handlers` from now on.
   */
  activate(handlers: WorkerHandlers): WorkerProcess {
    this.#hasTakenOver = true;
    this.#settle();
    this.#worker.handOver(handlers);
    this.#worker.send({ type: 'activate' });
    return this.#worker;
  }

  /** Ends it. Resolves when it is reaped. */
  async end(why: string): Promise<void> {
    this.#problem ??= why;
    this.#settle();
    this.#worker.terminate();
    const timer = new AbortController();
    const late = this.#options.clock.sleep(END_GRACE_MS, timer.signal).then(
      () => this.#worker.kill(),
      () => {}, // it was in time
    );
    await this.#worker.reaped;
    timer.abort();
    await late;
  }

  #handlers(): WorkerHandlers {
    const { sink, runId } = this.#options;
    return {
      onMessage: (message) => this.#handle(message),
      onBadMessage: (problem) => this.#fail(`it sent a bad message: ${problem}`),
      onLine: (stream, line) => {
        if (stream === 'stderr') this.#lastWords.note(line);
        sink.writeFromWorker(stream, line, runId, true);
      },
    };
  }

  #handle(message: WorkerMessage): void {
    switch (message.type) {
      case 'hello':
        this.#saidHello = true;
        if (message.role !== 'standby') this.#fail('its program knows nothing of standbys');
        else if (message.protocol !== IPC_PROTOCOL_VERSION) this.#fail(otherProtocol(message.protocol));
        return;
      case 'heartbeat':
        this.#watchdog.heard();
        this.#rssBytes = message.rssBytes;
        return;
      case 'standby':
        this.#noteReport(message);
        return;
      default: // what else it says is of no interest before it takes over
    }
  }

  #noteReport(report: StandbyReport): void {
    this.#ownProblems = report.problems;
    if (report.stage === 'failed') {
      this.#fail(`it could not be prepared: ${report.problems.join('; ')}`);
      return;
    }
    this.#report = report;
    this.#rssBytes = report.rssBytes;
    this.#watchdog.start(); // before, it may be busy for seconds, and has a limit for all of that
    this.#resolvePrepared(report);
  }

  async #expect(what: string, limitMs: number, isDone: () => boolean): Promise<void> {
    try {
      await this.#options.clock.sleep(limitMs, this.#settled.signal);
    } catch {
      return; // it is over, or has taken over
    }
    await nextTurn(); // if we were paused, the time is up before what it sent meanwhile has been read
    if (!isDone()) this.#fail(`no ${what} within ${limitMs} ms`);
  }

  #fail(problem: string): void {
    if (this.#hasTakenOver || this.#problem !== null) return;
    this.#problem = problem;
    this.#worker.kill(); // it has nothing to lose, and may not hear anything else
  }

  async #watchEnd(): Promise<string> {
    const { code, signal } = await this.#worker.reaped;
    this.#isReaped = true;
    if (this.#hasTakenOver) return new Promise<string>(() => {});
    const how = signal === null ? `it ended with code ${code}` : `it was killed by ${signal}`;
    if (this.#problem === null) await this.#worker.exited; // its last words may still be on their way
    this.#problem ??= this.#lastWords.text === null ? how : `${how}: ${this.#lastWords.text}`;
    this.#settle();
    void this.#worker.exited.then(() => this.#options.sink.forgetRun(this.runId));
    return this.#problem;
  }

  #settle(): void {
    this.#settled.abort();
    this.#watchdog.stop();
    this.#rejectPrepared(
      new TuxError('TUX_STANDBY', `The standby was not prepared: ${this.#problem ?? 'it takes over'}`),
    );
  }
}

function otherProtocol(protocol: number): string {
  const own = `this supervisor speaks ${IPC_PROTOCOL_VERSION}, it ${protocol}`;
  return `it does not understand this tux-supervisor (${own}): start tux-supervisor itself anew, from the new build`;
}
