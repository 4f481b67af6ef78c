import { ulid } from 'ulid';
import type { Clock } from '../shared/clock.js';
import type { LiveConfig } from '../shared/config/live-config.js';
import { describeError, isTuxError } from '../shared/errors.js';
import { ExitCode } from '../shared/exit-codes.js';
import { clearExitMarker } from '../shared/exit-marker.js';
import { AUTOMATIC_RESERVE, FORCED_RESERVE } from '../shared/identify-ledger.js';
import type { ShutdownReason } from '../shared/ipc-protocol.js';
import type { Logger } from '../shared/logging/logger.js';
import type { RunRecorder } from './history/run-recorder.js';
import { readCgroupMemoryLimit } from './limits/cgroup-memory.js';
import type { LogSink } from './logs/log-sink.js';
import { classifyExit, type ExitVerdict } from './restart/exit-policy.js';
import { type ReadyRun, ReadyWaiters } from './restart/ready-waiters.js';
import { endedError, startFailedError, stoppedError } from './restart/restart-errors.js';
import { type Pause, RestartPause } from './restart/restart-pause.js';
import { AT_ONCE, RestartSchedule } from './restart/restart-schedule.js';
import type { ConfigReload } from './start/config-reload.js';
import type { SupervisionEvents } from './supervision-observer.js';
import type { SupervisorState } from './supervisor-state.js';
import { endLeftover } from './worker/leftover.js';
import { neverStarted, type RunOutcome } from './worker/run-outcome.js';
import { WorkerRun } from './worker/worker-run.js';

export interface SupervisorOptions {
  readonly config: LiveConfig;
  readonly reload: ConfigReload;
  /** The compiled worker. */
  readonly program: string;
  readonly state: SupervisorState;
  readonly recorder: RunRecorder;
  readonly sink: LogSink;
  readonly log: Logger;
  readonly clock: Clock;
  readonly events: SupervisionEvents;
  readonly random?: () => number;
  /** The first time that Tux is ready. */
  readonly onFirstReady?: () => void;
}

/**
 * The loop: start a worker, wait for its end, decide. Everything that must not happen twice at a time (a second worker, a
 * second stop) goes through here; everything that can be decided without doing anything is decided in `exit-policy` and
 * `restart-policy`. What operators may ask of it is in `control/operator-requests`.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #readyWaiters = new ReadyWaiters();
  readonly #pause: RestartPause;
  readonly #schedule: RestartSchedule;
  #stopReason: ShutdownReason | undefined;
  #stopDeadlineMs: number;
  #run: WorkerRun | null = null;
  /** The next run was forced: it may use the budget down to the smaller reserve. */
  #isForced = false;
  #readyCount = 0;

  constructor(options: SupervisorOptions) {
    const { config, clock, random = Math.random } = options;
    this.#options = options;
    this.#pause = new RestartPause(clock);
    this.#schedule = new RestartSchedule({ ...options, waiters: this.#readyWaiters, pause: this.#pause, random });
    this.#stopDeadlineMs = config.env.TUX_STOP_TIMEOUT_MS;
  }

  /** The present run; null between two. */
  get worker(): WorkerRun | null {
    return this.#run;
  }

  /** The wait before the next run; null while nothing waits. */
  get pause(): Pause | null {
    return this.#pause.current;
  }

  get isStopping(): boolean {
    return this.#stopReason !== undefined;
  }

  /** How many workers got ready. */
  get readyCount(): number {
    return this.#readyCount;
  }

  /** Supervises until told to stop or until only a human can help. Returns the exit code of the supervisor. */
  async run(): Promise<ExitCode> {
    const { state, config, log, clock, recorder } = this.#options;
    let next = this.#schedule.first();
    let wasLocked = false;
    for (;;) {
      await this.#schedule.wait(next);
      if (this.#stopReason) return ExitCode.OK;
      await endLeftover(config.paths.botLock, log, clock, () => state.assertHeld());
      if (state.run) await recorder.recordOrphan(state.run);
      if (this.#stopReason) return ExitCode.OK;
      const outcome = await this.#runOnce();
      const verdict = classifyExit(outcome.exit, config.secrets);
      await recorder.record(outcome, verdict);
      await state.saveRun(null);
      // A left-over that had itself only just begun may have got to the lock after we looked: look again, once.
      const looksAgain = verdict.class === 'locked' && !wasLocked && !this.#stopReason;
      wasLocked = verdict.class === 'locked';
      if (looksAgain) {
        next = AT_ONCE;
        continue;
      }
      if (verdict.action === 'stop' || this.#stopReason) return this.#end(verdict);
      next = await this.#schedule.next(verdict, outcome.status.uptimeMs, this.#isForced);
      if (next.kind === 'give-up') return ExitCode.RESTART;
      if (verdict.action === 'back-off') this.#readyWaiters.reject(startFailedError(verdict));
    }
  }

  /** First signal or `stop`: ends the worker gracefully, or a wait at once. Later calls change nothing. */
  stop(reason: ShutdownReason, deadlineMs = this.#options.config.env.TUX_STOP_TIMEOUT_MS): void {
    if (this.#stopReason) return;
    this.#stopReason = reason;
    this.#stopDeadlineMs = deadlineMs;
    this.#options.log.info({ event: 'supervisor:stopping', reason }, `🔧 Stopping: ${reason.message}`);
    this.#options.events.onStopping(reason);
    this.#readyWaiters.reject(stoppedError());
    this.#pause.end();
    this.#stopRun();
  }

  /** Second signal. */
  hurry(): void {
    this.#options.log.warn({ event: 'supervisor:hurry' }, '⚠️ Asked again: 2 s are left');
    this.#run?.hurry();
  }

  /** Third signal. */
  kill(): void {
    this.#options.log.warn({ event: 'supervisor:kill' }, '⚠️ Asked a third time: killing the worker');
    this.#run?.kill();
  }

  /**
   * Ends the present run, or the wait for the next; whether that may be is for the caller to know.
   *
   * @param force lets the next run use the budget down to the smaller reserve, and overrules a hold.
   * @returns the next run that is ready. Rejects with one of `restart-errors` when there will be none for now.
   */
  restart(by: string, force: boolean): Promise<ReadyRun> {
    const next = this.#readyWaiters.next();
    this.#isForced = force;
    const message = `restart requested by ${by}`;
    if (this.#run) {
      const deadlineMs = this.#options.config.env.TUX_STOP_TIMEOUT_MS;
      this.#run.stop({ kind: 'restart', reason: message }, { kind: 'supervisor', message, by }, deadlineMs);
    } else {
      this.#pause.end();
    }
    return next;
  }

  async #runOnce(): Promise<RunOutcome> {
    const { config, log, clock, state, sink, events } = this.#options;
    state.assertHeld();
    this.#pause.noteRun();
    await clearExitMarker(config.paths.exitMarker);
    sink.forgetLastLines();
    const runId = ulid(clock.now());
    let run: WorkerRun;
    try {
      run = this.#spawn(runId);
    } catch (error) {
      if (!isTuxError(error) || error.code !== 'TUX_SPAWN') throw error;
      return neverStarted(runId, describeError(error), clock);
    }
    this.#isForced = false;
    this.#run = run;
    log.info({ event: 'worker:started', pid: run.pid, runId }, `🔧 Started Tux, pid ${run.pid}`);
    events.onWorkerStarted({ runId, pid: run.pid });
    if (this.#stopReason) this.#stopRun();
    await state.saveRun({ runId, pid: run.pid, startedAt: new Date(clock.now()).toISOString(), readyMs: null });
    const outcome = await run.finished;
    this.#run = null;
    return outcome;
  }

  /** @throws TuxError TUX_SPAWN. */
  #spawn(runId: string): WorkerRun {
    const { config, reload, log, clock, state, sink, program, events } = this.#options;
    const run: WorkerRun = new WorkerRun({
      runId,
      program,
      cwd: process.cwd(),
      environment: reload.forNextWorker(),
      config,
      log,
      sink,
      state,
      reserve: this.#isForced ? FORCED_RESERVE : AUTOMATIC_RESERVE,
      cgroupMemoryBytes: readCgroupMemoryLimit(),
      clock,
      onReady: (readyMs) => this.#handleReady(run, readyMs),
      events,
    });
    return run;
  }

  #handleReady(run: WorkerRun, readyMs: number): void {
    this.#options.log.info(
      { event: 'worker:ready', pid: run.pid, runId: run.runId, readyMs },
      `✅ Tux is ready after ${(readyMs / 1000).toFixed(1)} s`,
    );
    this.#readyWaiters.resolve({ runId: run.runId, pid: run.pid });
    if (this.#readyCount === 0) this.#options.onFirstReady?.();
    this.#readyCount += 1;
    this.#options.events.onReady();
    void this.#options.state.saveReady(Math.round(readyMs)).catch(() => {}); // a lost lock is noticed at its end, too
  }

  #stopRun(): void {
    if (!this.#stopReason) return;
    this.#run?.stop({ kind: 'stop', reason: this.#stopReason.message }, this.#stopReason, this.#stopDeadlineMs);
  }

  #end(verdict: ExitVerdict): ExitCode {
    if (this.#stopReason) return ExitCode.OK;
    this.#readyWaiters.reject(endedError(verdict));
    if (verdict.class !== 'stopped') this.#options.events.onGaveUp(verdict.exitCode, verdict.reason);
    return verdict.exitCode;
  }
}
