import { Cron } from 'croner';
import { type BackoffPolicy, backoffDelay } from '../../shared/backoff.js';
import type { Clock } from '../../shared/clock.js';
import { describeError, TuxError } from '../../shared/errors.js';
import type { Logger } from '../../shared/logging/logger.js';
import { settledWithin } from './settle.js';

const CRASH_BACKOFF: BackoffPolicy = { baseMs: 1_000, maxMs: 60_000, jitter: 'none' };
/** A calendar task that fails is made up for after an hour. */
const CALENDAR_BACKOFF: BackoffPolicy = { baseMs: 3_600_000, maxMs: 3_600_000, jitter: 'none' };
/** A task that ran this long has recovered: its next crash counts as the first. */
const RECOVERED_AFTER_MS = 60_000;
const CANCEL_TIMEOUT_MS = 5_000;

/** What a task belongs to, for statistics. */
export type TaskCategory = 'SCHEDULED' | 'GATEWAY' | 'COMMAND' | 'SYSTEM';
/** `restarting`: it crashed, and waits for its next run. */
export type TaskState = 'registered' | 'running' | 'restarting' | 'completed' | 'cancelled';

/** A background task. */
export interface TaskSpec {
  /** Unique among the tasks that live. */
  readonly name: string;
  readonly category: TaskCategory;
  /** Ends soon after `signal` aborts. Resolving completes the task; rejecting is a crash, and it is run again. */
  run(signal: AbortSignal): Promise<void>;
  /** Wait before it runs again after a crash. Default: 1 s doubling to 60 s. */
  readonly restart?: BackoffPolicy;
}

/** A task that runs again and again, with a pause between. */
export interface PeriodicTaskSpec extends Omit<TaskSpec, 'category'> {
  /** From the end of one run to the start of the next. */
  readonly everyMs: number;
}

/** A task that runs when a cron pattern says so. */
export interface CalendarTaskSpec extends Omit<TaskSpec, 'category'> {
  /** Cron pattern in UTC, e.g. `0 0 * * *` for midnight. */
  readonly cron: string;
}

/** The handle that {@link TaskMonitor} gives to who registered a task. */
export interface TaskHandle {
  readonly name: string;
  /** Aborts the task and forgets it. @returns whether it ended in time; one that did not stays in the statistics. */
  cancel(timeoutMs?: number): Promise<boolean>;
}

/** How many tasks ended when all were told to, and which did not. */
export interface CancelReport {
  /** Ended because they were told to. */
  readonly cancelled: number;
  /** Had ended by themselves. */
  readonly completed: number;
  /** Names of those that ignored their signal. */
  readonly timedOut: readonly string[];
}

/** One task, as `status` shows it. */
export interface TaskStatistics {
  readonly name: string;
  readonly category: TaskCategory;
  readonly state: TaskState;
  readonly crashes: number;
  readonly lastError?: string;
}

interface Task {
  readonly spec: TaskSpec;
  readonly controller: AbortController;
  state: TaskState;
  crashes: number;
  lastError: string | undefined;
  /** Settles when the task has ended for good; never rejects. */
  ended: Promise<void>;
}

/** Keeps background tasks running until it is told to stop, and then knows which of them did not listen. */
export class TaskMonitor {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #tasks = new Map<string, Task>();
  #isStarted = false;
  #stopping: Promise<CancelReport> | undefined;

  constructor(options: { readonly clock: Clock; readonly log: Logger }) {
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Tasks that have not ended. */
  get size(): number {
    return Array.from(this.#tasks.values()).filter(isLive).length;
  }

  /**
   * Takes charge of a task; it runs from {@link start} on, at once when that was already called.
   *
   * @throws TuxError TUX_TASK_NAME when a task of this name lives, TUX_CLOSING once tasks are being cancelled.
   */
  register(spec: TaskSpec): TaskHandle {
    if (this.#stopping !== undefined) throw new TuxError('TUX_CLOSING', 'Tux is shutting down and takes no new tasks');
    const { name } = spec;
    const previous = this.#tasks.get(name);
    if (previous !== undefined && isLive(previous)) {
      throw new TuxError('TUX_TASK_NAME', `The task '${name}' is already registered`);
    }
    const controller = new AbortController();
    const ended = Promise.resolve();
    const task: Task = { spec, controller, state: 'registered', crashes: 0, lastError: undefined, ended };
    this.#tasks.set(name, task);
    if (this.#isStarted) this.#launch(task);
    return { name, cancel: (timeoutMs = CANCEL_TIMEOUT_MS) => this.#cancelOne(task, timeoutMs) };
  }

  /** A task that runs again and again; a run that crashed is made up for after the back-off. */
  registerPeriodic({ everyMs, run, ...rest }: PeriodicTaskSpec): TaskHandle {
    return this.register({ ...rest, category: 'SCHEDULED', run: this.#repeat(() => everyMs, run) });
  }

  /** A task that runs when the calendar says so; a run that crashed is made up for after an hour. */
  registerCalendar({ cron, run, ...rest }: CalendarTaskSpec): TaskHandle {
    const pattern = new Cron(cron, { timezone: 'UTC', paused: true });
    const delayMs = () => {
      const now = this.#clock.now();
      const next = pattern.nextRun(new Date(now));
      if (next === null) throw new TuxError('TUX_TASK_CRON', `The cron pattern '${cron}' never comes up`);
      return next.getTime() - now;
    };
    return this.register({
      restart: CALENDAR_BACKOFF,
      ...rest,
      category: 'SCHEDULED',
      run: this.#repeat(delayMs, run),
    });
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    for (const task of this.#tasks.values()) if (task.state === 'registered') this.#launch(task);
  }

  /** Aborts every task and waits for each at most `timeoutPerTaskMs`. Nothing starts any more. Callers share one stop. */
  cancelAll(timeoutPerTaskMs: number = CANCEL_TIMEOUT_MS): Promise<CancelReport> {
    this.#stopping ??= this.#cancelAll(timeoutPerTaskMs);
    return this.#stopping;
  }

  statistics(): TaskStatistics[] {
    return Array.from(this.#tasks.values(), ({ spec, state, crashes, lastError }) => ({
      name: spec.name,
      category: spec.category,
      state,
      crashes,
      ...(lastError !== undefined && { lastError }),
    }));
  }

  async #cancelAll(timeoutMs: number): Promise<CancelReport> {
    const tasks = [...this.#tasks.values()];
    const live = tasks.filter(isLive);
    const inTime = await Promise.all(live.map((task) => this.#abort(task, timeoutMs)));
    const timedOut = live.filter((_, index) => !inTime[index]).map((task) => task.spec.name);
    return { cancelled: live.length - timedOut.length, completed: tasks.length - live.length, timedOut };
  }

  async #cancelOne(task: Task, timeoutMs: number): Promise<boolean> {
    const isEnded = await this.#abort(task, timeoutMs);
    if (isEnded && this.#tasks.get(task.spec.name) === task) this.#tasks.delete(task.spec.name);
    return isEnded;
  }

  async #abort(task: Task, timeoutMs: number): Promise<boolean> {
    const { name } = task.spec;
    task.controller.abort(new TuxError('TUX_CANCELLED', `The task '${name}' was cancelled`));
    if (task.state === 'registered') task.state = 'cancelled';
    const isEnded = await settledWithin(task.ended, timeoutMs, this.#clock);
    if (!isEnded)
      this.#log.error({ event: 'task:cancel:timeout', task: name, timeoutMs }, '❌ task ignores its cancellation');
    return isEnded;
  }

  #launch(task: Task): void {
    task.ended = this.#supervise(task);
  }

  async #supervise(task: Task): Promise<void> {
    const { spec, controller } = task;
    const { signal } = controller;
    let crashesInARow = 0;
    while (!signal.aborted) {
      const startedAt = this.#clock.monotonic();
      try {
        task.state = 'running';
        await spec.run(signal);
        task.state = signal.aborted ? 'cancelled' : 'completed';
        return;
      } catch (error) {
        if (signal.aborted) break;
        if (this.#clock.monotonic() - startedAt >= RECOVERED_AFTER_MS) crashesInARow = 0;
        await this.#pauseAfterCrash(task, crashesInARow, error);
        crashesInARow += 1;
      }
    }
    task.state = 'cancelled';
  }

  async #pauseAfterCrash(task: Task, crashesInARow: number, error: unknown): Promise<void> {
    const { spec, controller } = task;
    const delayMs = backoffDelay(spec.restart ?? CRASH_BACKOFF, crashesInARow);
    task.state = 'restarting';
    task.crashes += 1;
    task.lastError = describeError(error);
    const { name, category } = spec;
    this.#log.error(
      { event: 'task:crashed', task: name, category, delayMs, err: error },
      '❌ task crashed, it will restart',
    );
    await this.#clock.sleep(delayMs, controller.signal).catch(() => {}); // cancelled: the loop looks at the signal
  }

  /** A `run` that waits, runs and starts over; after a crash it runs first, so that the run that failed is made up for. */
  #repeat(delayMs: () => number, run: TaskSpec['run']): TaskSpec['run'] {
    let isOwed = false;
    return async (signal) => {
      for (;;) {
        if (!isOwed) await this.#clock.sleep(delayMs(), signal);
        isOwed = true;
        await run(signal);
        isOwed = false;
      }
    };
  }
}

function isLive({ state }: Task): boolean {
  return state !== 'completed' && state !== 'cancelled';
}
