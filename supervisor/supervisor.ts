import type { Clock } from '../shared/clock.js';
import type { LiveConfig } from '../shared/config/live-config.js';
import { describeError, isTuxError } from '../shared/errors.js';
import { ExitCode } from '../shared/exit-codes.js';
import type { ShutdownReason } from '../shared/ipc-protocol.js';
import type { Logger } from '../shared/logging/logger.js';
import type { BuildChoice } from './deploy/build-choice.js';
import type { Deployer } from './deploy/deployer.js';
import type { Probation } from './deploy/probation.js';
import type { RunRecorder } from './history/run-recorder.js';
import type { WriteBehind } from './history/write-behind.js';
import type { LogSink } from './logs/log-sink.js';
import type { ExitVerdict } from './restart/exit-policy.js';
import { type ReadyRun, ReadyWaiters } from './restart/ready-waiters.js';
import { endedError, startFailedError, stoppedError, stoppingError } from './restart/restart-errors.js';
import { type Pause, RestartPause } from './restart/restart-pause.js';
import { AT_ONCE, RestartSchedule } from './restart/restart-schedule.js';
import type { StandbyKeeper } from './standby/standby-keeper.js';
import type { ConfigReload } from './start/config-reload.js';
import type { SupervisionEvents } from './supervision-observer.js';
import type { CurrentRun, SupervisorState } from './supervisor-state.js';
import { endLeftover, LEFTOVER_STUCK } from './worker/leftover.js';
import type { WorkerRun } from './worker/worker-run.js';
import { WorkerRuns } from './worker-runs.js';

export interface SupervisorOptions {
  readonly config: LiveConfig;
  readonly reload: ConfigReload;
  readonly builds: BuildChoice;
  readonly deployer: Deployer;
  readonly probation: Probation;
  readonly state: SupervisorState;
  readonly recorder: RunRecorder;
  /** Writes that the next start does not wait for. */
  readonly behind: WriteBehind;
  readonly standby: StandbyKeeper;
  readonly sink: LogSink;
  readonly log: Logger;
  readonly clock: Clock;
  readonly events: SupervisionEvents;
  readonly random?: () => number;
  /** Another one in tests. */
  readonly endLeftover?: typeof endLeftover;
  /** The first time that Tux is ready. */
  readonly onFirstReady?: () => void;
}

/** Between two tries to end a left-over that does not end. */
const LEFTOVER_PAUSE_MS = 30_000;

/**
 * The loop: start a worker, wait for its end, decide. Starts and stops go through here, so that none happens twice at a time. How
 * one run begins and ends is in `worker-runs`; whatever can be decided without doing anything is decided in `exit-policy` and
 * `restart-policy`; what operators may ask is in `control/operator-requests`.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #readyWaiters = new ReadyWaiters();
  readonly #pause: RestartPause;
  readonly #schedule: RestartSchedule;
  readonly #runs: WorkerRuns;
  #isStopping = false;

  constructor(options: SupervisorOptions) {
    const { clock, deployer, random = Math.random } = options;
    this.#options = options;
    this.#pause = new RestartPause(clock);
    this.#schedule = new RestartSchedule({ ...options, waiters: this.#readyWaiters, pause: this.#pause, random });
    this.#runs = new WorkerRuns({
      ...options,
      onReady: (run) => this.#handleReady(run),
      onOwnRestart: () => deployer.noteOwnRestart(),
    });
  }

  /** The present run; null between two. */
  get worker(): WorkerRun | null {
    return this.#runs.current;
  }

  /** The wait before the next run; null while nothing waits. */
  get pause(): Pause | null {
    return this.#pause.current;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** How many workers got ready. */
  get readyCount(): number {
    return this.#runs.readyCount;
  }

  /** Supervises until told to stop or until only a human can help. Returns the exit code of the supervisor. */
  async run(): Promise<ExitCode> {
    const { behind, standby, deployer, probation } = this.#options;
    try {
      const code = await this.#supervise();
      await behind.drain();
      return code;
    } finally {
      await Promise.all([deployer.close(), probation.close(), standby.close(), behind.drain().catch(() => {})]);
    }
  }

  async #supervise(): Promise<ExitCode> {
    const { state, behind, probation } = this.#options;
    const orphans = [...state.unrecorded];
    let next = this.#schedule.first();
    let wasLocked = false;
    /** Whether a worker of an earlier supervisor may run. After a run of our own none does, unless that one found the lock taken. */
    let mayBeLeftover = true;
    for (;;) {
      await this.#schedule.wait(next);
      behind.assertWritten();
      if (this.#isStopping) return ExitCode.OK;
      if (mayBeLeftover) await this.#clearTheWay();
      if (this.#isStopping) return ExitCode.OK;
      await this.#recordOrphans(orphans);
      if (this.#isStopping) return ExitCode.OK;
      this.#pause.noteRun();
      const { end, verdict } = await this.#runs.runNext();
      if (!this.#isStopping && (await probation.noteEnd(end, verdict))) {
        next = AT_ONCE;
        continue;
      }
      // A left-over that had itself only just begun may have got to the lock after we looked: look again, once.
      const looksAgain = verdict.class === 'locked' && !wasLocked && !this.#isStopping;
      wasLocked = verdict.class === 'locked';
      mayBeLeftover = wasLocked;
      if (looksAgain) {
        next = AT_ONCE;
        continue;
      }
      if (verdict.action === 'stop' || this.#isStopping) return this.#end(verdict);
      next = await this.#schedule.next(verdict, end, this.#runs.isNextForced);
      if (next.kind === 'give-up') return ExitCode.RESTART;
      if (verdict.action === 'back-off') this.#readyWaiters.reject(startFailedError(verdict));
    }
  }

  /** Until no left-over worker is there any more, however long one takes that the kernel does not let go: never two. */
  async #clearTheWay(): Promise<void> {
    const { config, log, clock, state, events, endLeftover: end = endLeftover } = this.#options;
    while (!this.#isStopping) {
      try {
        return await end(config.paths.botLock, log, clock, () => state.assertHeld());
      } catch (error) {
        if (!isTuxError(error) || error.code !== LEFTOVER_STUCK) throw error;
        log.error(
          { event: 'worker:leftover:stuck', err: error },
          `❌ ${describeError(error)}; no other is started until then`,
        );
        this.#readyWaiters.reject(error);
        this.#pause.noteRun(); // what somebody asked for before has just been tried
        const waited = this.#pause.wait('BACKOFF', error.message, LEFTOVER_PAUSE_MS);
        events.onChange();
        await waited;
      }
    }
  }

  /** First signal or `stop`: ends the worker gracefully, or a wait at once. Later calls change nothing. */
  stop(reason: ShutdownReason, deadlineMs = this.#options.config.env.TUX_STOP_TIMEOUT_MS): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#options.log.info({ event: 'supervisor:stopping', reason }, `🔧 Stopping: ${reason.message}`);
    this.#options.events.onStopping(reason);
    this.#readyWaiters.reject(stoppedError());
    this.#pause.end();
    void Promise.all([this.#options.deployer.close(), this.#options.standby.close()]);
    this.#runs.stop(reason, deadlineMs);
  }

  /** Second signal. */
  hurry(): void {
    this.#options.log.warn({ event: 'supervisor:hurry' }, '⚠️ Asked again: 2 s are left');
    this.worker?.hurry();
  }

  /** Third signal. */
  kill(): void {
    this.#options.log.warn({ event: 'supervisor:kill' }, '⚠️ Asked a third time: killing the worker');
    this.worker?.kill();
  }

  /**
   * Ends the present run, or the wait for the next; whether that may be is for the caller to know.
   *
   * @param force lets the next run use the IDENTIFY budget down to the smaller reserve, and overrules a hold. A later call without
   * it does not take that back.
   * @returns the next run that is ready. Rejects with one of `restart-errors` when there will be none for now.
   */
  async restart(by: string, force: boolean): Promise<ReadyRun> {
    if (this.#isStopping) throw stoppingError(); // nobody would be left to answer
    const next = this.#readyWaiters.next();
    if (force) this.#runs.forceNext();
    const message = `restart requested by ${by}`;
    if (this.worker) {
      const deadlineMs = this.#options.config.env.TUX_STOP_TIMEOUT_MS;
      this.worker.stop({ kind: 'restart', reason: message }, { kind: 'supervisor', message, by }, deadlineMs);
    } else {
      this.#pause.end();
    }
    return await next;
  }

  /** Runs of an earlier supervisor that it did not live to record; none is left in `orphans`. */
  async #recordOrphans(orphans: CurrentRun[]): Promise<void> {
    for (const orphan of orphans.splice(0)) await this.#options.recorder.recordOrphan(orphan);
  }

  #handleReady(run: WorkerRun): void {
    const { events, probation, deployer, onFirstReady } = this.#options;
    this.#readyWaiters.resolve({ runId: run.runId, pid: run.pid });
    if (this.readyCount === 1) onFirstReady?.();
    events.onReady();
    void probation.noteReady(run);
    deployer.noteReady();
  }

  #end(verdict: ExitVerdict): ExitCode {
    if (this.#isStopping) return ExitCode.OK;
    this.#readyWaiters.reject(endedError(verdict));
    if (verdict.class !== 'stopped') this.#options.events.onGaveUp(verdict.exitCode, verdict.reason);
    return verdict.exitCode;
  }
}
