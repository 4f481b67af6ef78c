import { makeDurable, removeLeftoverTemporaries } from '../shared/atomic-file.js';
import { readCgroupMemoryLimit } from '../shared/cgroup-memory.js';
import type { Clock } from '../shared/clock.js';
import type { LiveConfig } from '../shared/config/live-config.js';
import { describeError, isTuxError } from '../shared/errors.js';
import { clearExitMarker } from '../shared/exit-marker.js';
import { AUTOMATIC_RESERVE, FORCED_RESERVE } from '../shared/identify-ledger.js';
import type { ShutdownReason } from '../shared/ipc-protocol.js';
import { isoTime } from '../shared/iso-time.js';
import type { Logger } from '../shared/logging/logger.js';
import { uniqueId } from '../shared/unique-id.js';
import type { BuildChoice } from './deploy/build-choice.js';
import type { RunRecorder } from './history/run-recorder.js';
import type { WriteBehind } from './history/write-behind.js';
import type { LogSink } from './logs/log-sink.js';
import { classifyExit, type ExitVerdict } from './restart/exit-policy.js';
import type { StandbyKeeper } from './standby/standby-keeper.js';
import type { ConfigReload } from './start/config-reload.js';
import type { SupervisionEvents } from './supervision-observer.js';
import type { SupervisorState } from './supervisor-state.js';
import { neverStarted, type RunEnd, type RunOutcome } from './worker/run-outcome.js';
import { WorkerProcess } from './worker/worker-process.js';
import { WorkerRun, type WorkerRunOptions } from './worker/worker-run.js';

/** One that is prepared and says nothing within this is no help: a new worker would need hardly longer. */
const ACTIVATE_TIMEOUT_MS = 2_000;

export interface WorkerRunsOptions {
  readonly config: LiveConfig;
  readonly reload: Pick<ConfigReload, 'forNextWorker'>;
  readonly builds: Pick<BuildChoice, 'program' | 'noteSpawned'>;
  readonly state: SupervisorState;
  readonly recorder: Pick<RunRecorder, 'note' | 'write'>;
  /** Writes that the next start does not wait for. */
  readonly behind: WriteBehind;
  readonly standby: Pick<StandbyKeeper, 'take' | 'noteServing'>;
  readonly sink: LogSink;
  readonly log: Logger;
  readonly clock: Clock;
  readonly events: SupervisionEvents;
  /** Called when the worker of a run has said `ready`. */
  readonly onReady: (run: WorkerRun) => void;
  /** Called when the worker has begun to restart by itself: nobody has told it to, and nobody else knows of it. */
  readonly onOwnRestart: () => void;
}

/** A run that is over, and how that is judged. */
export interface EndedRun {
  readonly end: RunEnd;
  readonly verdict: ExitVerdict;
}

/**
 * The runs of the worker, one after the other and never two at a time: each by the standby if there is one, else by a new process,
 * and each recorded when it has ended.
 */
export class WorkerRuns {
  readonly #options: WorkerRunsOptions;
  #current: WorkerRun | null = null;
  #stop: { readonly reason: ShutdownReason; readonly deadlineMs: number } | null = null;
  #isNextForced = false;
  #readyCount = 0;

  constructor(options: WorkerRunsOptions) {
    this.#options = options;
  }

  /** The present run; null between two. */
  get current(): WorkerRun | null {
    return this.#current;
  }

  /** How many workers have got ready since the supervisor started. */
  get readyCount(): number {
    return this.#readyCount;
  }

  /** Whether the next run may use the IDENTIFY budget down to the smaller reserve. */
  get isNextForced(): boolean {
    return this.#isNextForced;
  }

  /** Lets the next run use the IDENTIFY budget down to the smaller reserve. */
  forceNext(): void {
    this.#isNextForced = true;
  }

  /** Ends the present run, and a run that is only just beginning as soon as it is there. */
  stop(reason: ShutdownReason, deadlineMs: number): void {
    this.#stop ??= { reason, deadlineMs };
    this.#stopCurrent();
  }

  /**
   * Begins the next run. Its end is told of when this resolves, and is written after that.
   *
   * @throws TuxError TUX_LOCK_LOST (73) when another supervisor has taken over.
   */
  async runNext(): Promise<EndedRun> {
    const { state, reload, standby } = this.#options;
    state.assertHeld();
    this.#clearLastEnd();
    const environment = reload.forNextWorker();
    const ready = standby.take(environment);
    return (ready && (await this.#runStandby(ready))) ?? (await this.#runNew(environment));
  }

  /** @returns null when the standby did not take over. */
  async #runStandby(standby: NonNullable<ReturnType<StandbyKeeper['take']>>): Promise<EndedRun | null> {
    const { config, log, state, sink, behind } = this.#options;
    const { pid, runId } = standby;
    const isForced = this.#isNextForced;
    const helloTimeoutMs = standby.report ? ACTIVATE_TIMEOUT_MS : config.env.TUX_HELLO_TIMEOUT_MS; // or busy with importing
    const run = this.#begin(runId, (handlers) => standby.activate(handlers), helloTimeoutMs);
    const end = await this.#untilEnd(run);
    if (run.saidHello || this.#stop) return this.#note(end, run.finished);
    log.warn({ event: 'standby:lost', pid, runId }, '⚠️ The standby did not take over; starting anew');
    behind.add(async () => {
      sink.forgetRun(runId);
      await state.forgetRun(runId);
    });
    if (isForced) this.forceNext(); // it was not spent
    return null;
  }

  async #runNew(environment: Readonly<Record<string, string>>): Promise<EndedRun> {
    const { builds, clock } = this.#options;
    const runId = uniqueId(clock.now());
    try {
      const run = this.#begin(runId, (handlers) => {
        const options = { runId, program: builds.program, cwd: process.cwd(), environment, clock, handlers };
        const worker = WorkerProcess.spawn(options);
        builds.noteSpawned(); // takes 3 ms, in which the worker is on its way
        return worker;
      });
      return this.#note(await this.#untilEnd(run), run.finished);
    } catch (error) {
      if (!isTuxError(error) || error.code !== 'TUX_SPAWN') throw error;
      const outcome = neverStarted(runId, describeError(error), clock);
      return this.#note(outcome, Promise.resolve(outcome));
    }
  }

  /** @throws TuxError TUX_LOCK_LOST; TUX_SPAWN from `open`. */
  #begin(runId: string, open: WorkerRunOptions['open'], helloTimeoutMs?: number): WorkerRun {
    const { config, log, clock, state, sink, events, behind } = this.#options;
    state.assertHeld();
    const reserve = this.#isNextForced ? FORCED_RESERVE : AUTOMATIC_RESERVE;
    this.#isNextForced = false; // also when there is no process to be had: a start at once, again and again, would not help
    const run: WorkerRun = new WorkerRun({
      runId,
      open,
      helloTimeoutMs,
      config,
      log,
      sink,
      state,
      reserve,
      cgroupMemoryBytes: readCgroupMemoryLimit(),
      clock,
      events,
      onReady: (readyMs) => this.#handleReady(run, readyMs),
      onClosing: (isOwnRestart) => {
        if (isOwnRestart && !this.#stop) this.#options.onOwnRestart();
      },
    });
    this.#current = run;
    const byStandby = helloTimeoutMs !== undefined;
    const how = byStandby ? 'The standby takes over' : 'Started Tux';
    log.info({ event: 'worker:started', pid: run.pid, runId, byStandby }, `🔧 ${how}, pid ${run.pid}`);
    events.onWorkerStarted({ runId, pid: run.pid });
    this.#stopCurrent();
    behind.follow(state.saveRun({ runId, pid: run.pid, startedAt: isoTime(clock.now()), readyMs: null }));
    return run;
  }

  async #untilEnd(run: WorkerRun): Promise<RunEnd> {
    const end = await run.ended;
    this.#current = null;
    return end;
  }

  /** Judges the end of a run and tells of it. What has to be written follows, in order, when its last lines are in. */
  #note(end: RunEnd, finished: Promise<RunOutcome>): EndedRun {
    const { config, recorder, sink, behind } = this.#options;
    const verdict = classifyExit(end.exit, config.secrets);
    const record = recorder.note(end, verdict);
    behind.add(async () => {
      const { status } = await finished;
      await recorder.write(record, verdict, status.runaways);
      await this.#keepAccount();
      sink.forgetRun(end.runId);
    });
    return { end, verdict };
  }

  /** The worker has written it and gone, without waiting for the disk. What counts is in the history. */
  async #keepAccount(): Promise<void> {
    const { config, log } = this.#options;
    try {
      await makeDurable(config.paths.lastShutdown);
    } catch (err) {
      log.warn(
        { event: 'state:write-failed', err },
        '⚠️ The account of the last shutdown may not outlive a power failure',
      );
    }
  }

  #handleReady(run: WorkerRun, readyMs: number): void {
    const { log, onReady, standby, state } = this.#options;
    log.info(
      { event: 'worker:ready', pid: run.pid, runId: run.runId, readyMs },
      `✅ Tux is ready after ${(readyMs / 1000).toFixed(1)} s`,
    );
    this.#readyCount += 1;
    onReady(run);
    standby.noteServing();
    void state.saveReady(Math.round(readyMs)).catch(() => {}); // a lost lock is noticed at its end, too
  }

  #stopCurrent(): void {
    if (!this.#stop) return;
    const { reason, deadlineMs } = this.#stop;
    this.#current?.stop({ kind: 'stop', reason: reason.message }, reason, deadlineMs);
  }

  /**
   * What the last run may have left of its end: its marker, and an account that it was killed over, which nobody would look at. A disk
   * that does not let go of them keeps no bot down: they are of another run, and count for nothing.
   */
  #clearLastEnd(): void {
    const { config, log } = this.#options;
    try {
      removeLeftoverTemporaries(config.paths.lastShutdown);
      clearExitMarker(config.paths.exitMarker);
    } catch (error) {
      log.error({ event: 'state:write-failed', err: error }, '❌ Could not remove what the last run left of its end');
    }
  }
}
