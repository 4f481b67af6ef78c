import type { Clock } from '../shared/clock.js';
import type { LiveConfig } from '../shared/config/live-config.js';
import { describeError, isTuxError } from '../shared/errors.js';
import { ExitCode } from '../shared/exit-codes.js';
import { clearExitMarker } from '../shared/exit-marker.js';
import { AUTOMATIC_RESERVE, FORCED_RESERVE } from '../shared/identify-ledger.js';
import type { ShutdownReason } from '../shared/ipc-protocol.js';
import type { Logger } from '../shared/logging/logger.js';
import { uniqueId } from '../shared/unique-id.js';
import type { BuildChoice } from './deploy/build-choice.js';
import type { Deployer } from './deploy/deployer.js';
import type { Probation } from './deploy/probation.js';
import type { RunRecorder } from './history/run-recorder.js';
import type { WriteBehind } from './history/write-behind.js';
import { readCgroupMemoryLimit } from './limits/cgroup-memory.js';
import type { LogSink } from './logs/log-sink.js';
import { classifyExit, type ExitVerdict } from './restart/exit-policy.js';
import { type ReadyRun, ReadyWaiters } from './restart/ready-waiters.js';
import { endedError, startFailedError, stoppedError } from './restart/restart-errors.js';
import { type Pause, RestartPause } from './restart/restart-pause.js';
import { AT_ONCE, RestartSchedule } from './restart/restart-schedule.js';
import type { StandbyKeeper } from './standby/standby-keeper.js';
import type { ConfigReload } from './start/config-reload.js';
import type { SupervisionEvents } from './supervision-observer.js';
import type { CurrentRun, SupervisorState } from './supervisor-state.js';
import { endLeftover } from './worker/leftover.js';
import { neverStarted, type RunEnd, type RunOutcome } from './worker/run-outcome.js';
import { type WorkerHandlers, WorkerProcess } from './worker/worker-process.js';
import { WorkerRun, type WorkerRunOptions } from './worker/worker-run.js';

/** One that is prepared and says nothing within this is no help: a new worker would need hardly longer. */
const ACTIVATE_TIMEOUT_MS = 2_000;

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
    const { state, config, log, clock, behind, probation } = this.#options;
    const orphans = [...state.unrecorded];
    let next = this.#schedule.first();
    let wasLocked = false;
    /** A worker that is none of ours may be there. After a run of ours there is none, unless something kept that one out. */
    let mayBeLeftover = true;
    for (;;) {
      await this.#schedule.wait(next);
      behind.assertWritten();
      if (this.#stopReason) return ExitCode.OK;
      if (mayBeLeftover) await endLeftover(config.paths.botLock, log, clock, () => state.assertHeld());
      await this.#recordOrphans(orphans);
      if (this.#stopReason) return ExitCode.OK;
      const { end, verdict } = await this.#runOnce();
      if (!this.#stopReason && (await probation.noteEnd(end, verdict))) {
        next = AT_ONCE;
        continue;
      }
      // A left-over that had itself only just begun may have got to the lock after we looked: look again, once.
      const looksAgain = verdict.class === 'locked' && !wasLocked && !this.#stopReason;
      wasLocked = verdict.class === 'locked';
      mayBeLeftover = wasLocked;
      if (looksAgain) {
        next = AT_ONCE;
        continue;
      }
      if (verdict.action === 'stop' || this.#stopReason) return this.#end(verdict);
      next = await this.#schedule.next(verdict, end, this.#isForced);
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
    void Promise.all([this.#options.deployer.close(), this.#options.standby.close()]);
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

  /** Runs of an earlier supervisor that it did not live to record; none is left in `orphans`. */
  async #recordOrphans(orphans: CurrentRun[]): Promise<void> {
    const { state, recorder } = this.#options;
    for (const orphan of orphans.splice(0)) {
      await recorder.recordOrphan(orphan);
      await state.forgetRun(orphan.runId);
    }
  }

  /** One run, by the standby if there is one. Its end is told of when this resolves, and is written after that. */
  async #runOnce(): Promise<{ end: RunEnd; verdict: ExitVerdict }> {
    const { config, log, state, sink, standby, reload, builds, behind } = this.#options;
    state.assertHeld();
    this.#pause.noteRun();
    await clearExitMarker(config.paths.exitMarker);
    const environment = reload.forNextWorker();
    const ready = standby.take(environment);
    const isForced = this.#isForced;
    if (ready) {
      const helloTimeoutMs = ready.report ? ACTIVATE_TIMEOUT_MS : config.env.TUX_HELLO_TIMEOUT_MS; // or busy with importing
      const run = this.#begin(ready.runId, (handlers) => ready.activate(handlers), helloTimeoutMs);
      const end = await this.#untilEnd(run);
      if (run.saidHello || this.#stopReason) return this.#note(end, run.finished);
      log.warn(
        { event: 'standby:lost', pid: ready.pid, runId: ready.runId },
        '⚠️ The standby did not take over; starting anew',
      );
      behind.add(async () => {
        sink.forgetRun(ready.runId);
        await state.forgetRun(ready.runId);
      });
      this.#isForced = isForced; // it was not spent
    }
    const runId = uniqueId(this.#options.clock.now());
    try {
      builds.noteSpawned();
      const run = this.#begin(runId, (handlers) => this.#spawn(runId, environment, handlers));
      return this.#note(await this.#untilEnd(run), run.finished);
    } catch (error) {
      if (!isTuxError(error) || error.code !== 'TUX_SPAWN') throw error;
      const outcome = neverStarted(runId, describeError(error), this.#options.clock);
      return this.#note(outcome, Promise.resolve(outcome));
    }
  }

  /** @throws TuxError TUX_LOCK_LOST; TUX_SPAWN from `open`. */
  #begin(runId: string, open: WorkerRunOptions['open'], helloTimeoutMs?: number): WorkerRun {
    const { config, log, clock, state, sink, events, behind } = this.#options;
    state.assertHeld();
    const run: WorkerRun = new WorkerRun({
      runId,
      open,
      helloTimeoutMs,
      config,
      log,
      sink,
      state,
      reserve: this.#isForced ? FORCED_RESERVE : AUTOMATIC_RESERVE,
      cgroupMemoryBytes: readCgroupMemoryLimit(),
      clock,
      onReady: (readyMs) => this.#handleReady(run, readyMs),
      onClosing: (isRestart) => this.#noteClosing(isRestart),
      events,
    });
    this.#isForced = false;
    this.#run = run;
    const byStandby = helloTimeoutMs !== undefined;
    const how = byStandby ? 'The standby takes over' : 'Started Tux';
    log.info({ event: 'worker:started', pid: run.pid, runId, byStandby }, `🔧 ${how}, pid ${run.pid}`);
    events.onWorkerStarted({ runId, pid: run.pid });
    if (this.#stopReason) this.#stopRun();
    behind.follow(
      state.saveRun({ runId, pid: run.pid, startedAt: new Date(clock.now()).toISOString(), readyMs: null }),
    );
    return run;
  }

  async #untilEnd(run: WorkerRun): Promise<RunEnd> {
    const end = await run.ended;
    this.#run = null;
    return end;
  }

  /** Judges the end of a run and tells of it. What has to be written follows, in order, when its last lines are in. */
  #note(end: RunEnd, finished: Promise<RunOutcome>): { end: RunEnd; verdict: ExitVerdict } {
    const { config, recorder, state, sink, behind } = this.#options;
    const verdict = classifyExit(end.exit, config.secrets);
    const record = recorder.note(end, verdict);
    behind.add(async () => {
      const { status } = await finished;
      await recorder.write(record, verdict, status.runaways);
      sink.forgetRun(end.runId);
      await state.forgetRun(end.runId);
    });
    return { end, verdict };
  }

  /** @throws TuxError TUX_SPAWN. */
  #spawn(runId: string, environment: Readonly<Record<string, string>>, handlers: WorkerHandlers): WorkerProcess {
    const { builds, clock } = this.#options;
    return WorkerProcess.spawn({ runId, program: builds.program, cwd: process.cwd(), environment, clock, handlers });
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
    const { probation, deployer, standby } = this.#options;
    void probation.noteReady(run);
    deployer.noteReady();
    standby.noteServing();
    void this.#options.state.saveReady(Math.round(readyMs)).catch(() => {}); // a lost lock is noticed at its end, too
  }

  /** @param isOwnRestart nobody but the worker itself knew of it. */
  #noteClosing(isOwnRestart: boolean): void {
    if (isOwnRestart && !this.#stopReason) this.#options.deployer.noteOwnRestart();
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
