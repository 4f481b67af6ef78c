import { ulid } from 'ulid';
import type { Clock } from '../shared/clock.js';
import type { LiveConfig } from '../shared/config/live-config.js';
import type { ReloadResult } from '../shared/control/reload-result.js';
import type { RestartResult } from '../shared/control/restart-result.js';
import type { Status } from '../shared/control/status.js';
import { TuxError } from '../shared/errors.js';
import { ExitCode } from '../shared/exit-codes.js';
import { clearExitMarker } from '../shared/exit-marker.js';
import { AUTOMATIC_RESERVE, FORCED_RESERVE, mayIdentify } from '../shared/identify-ledger.js';
import type { ShutdownReason } from '../shared/ipc-protocol.js';
import type { Logger } from '../shared/logging/logger.js';
import { packageVersion } from '../shared/package.js';
import type { ConfigReload } from './config-reload.js';
import type { Controllable } from './control/server.js';
import { classifyExit, type ExitVerdict } from './exit-policy.js';
import { endLeftover } from './leftover.js';
import type { LogSink } from './log-sink.js';
import { supervisorMetrics } from './metrics-text.js';
import { ReadyWaiters } from './ready-waiters.js';
import { RestartPause } from './restart-pause.js';
import { budgetHold, type Decision, decideRestart } from './restart-policy.js';
import type { RunRecorder } from './run-recorder.js';
import type { SandboxProcess } from './sandbox-process.js';
import type { Hold, SupervisorState } from './supervisor-state.js';
import { type RunOutcome, WorkerRun } from './worker-run.js';

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
  readonly sandbox: SandboxProcess | null;
  readonly random?: () => number;
  /** The first time that Tux is ready. */
  readonly onFirstReady?: () => void;
}

/**
 * The loop: start a worker, wait for its end, decide. Everything that must not happen twice at a time (a second worker, a
 * second stop) goes through here; everything that can be decided without doing anything is decided in `exit-policy` and
 * `restart-policy`.
 */
export class Supervisor implements Controllable {
  readonly #options: SupervisorOptions;
  readonly #startedAt: string;
  readonly #readyWaiters = new ReadyWaiters();
  readonly #pause: RestartPause;
  #stopReason: ShutdownReason | undefined;
  #stopDeadlineMs: number;
  #run: WorkerRun | null = null;
  /** The next run was forced: it may use the budget down to the smaller reserve. */
  #isForced = false;
  /** How many workers got ready. */
  #ready = 0;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#pause = new RestartPause(options.clock);
    this.#startedAt = new Date(options.clock.now()).toISOString();
    this.#stopDeadlineMs = options.config.env.TUX_STOP_TIMEOUT_MS;
  }

  /** Supervises until told to stop or until only a human can help. Returns the exit code of the supervisor. */
  async run(): Promise<ExitCode> {
    const { state, config, log, clock, recorder } = this.#options;
    let next: Decision = this.#resumeHold() ?? { kind: 'restart', afterMs: 0 };
    let wasLocked = false;
    for (;;) {
      await this.#pauseFor(next);
      if (this.#stopReason) return ExitCode.OK;
      await endLeftover(config.paths.botLock, log, clock, () => state.assertHeld());
      if (state.run) await recorder.recordOrphan(state.run);
      if (this.#stopReason) return ExitCode.OK;
      const outcome = await this.#runOnce();
      const verdict = classifyExit(outcome.exit);
      await recorder.record(outcome, verdict);
      await state.saveRun(null);
      // A left-over that had itself only just begun may have got to the lock after we looked: look again, once.
      const looksAgain = verdict.class === 'locked' && !wasLocked && !this.#stopReason;
      wasLocked = verdict.class === 'locked';
      if (looksAgain) {
        next = { kind: 'restart', afterMs: 0 };
        continue;
      }
      if (verdict.action === 'stop' || this.#stopReason) return this.#end(verdict);
      const { decision, state: restart } = decideRestart({
        verdict,
        uptimeMs: outcome.status.uptimeMs,
        state: state.restart,
        ledger: state.ledger,
        now: clock.now(),
        random: this.#options.random ?? Math.random,
        maxCrashes: config.env.TUX_MAX_CRASHES,
      });
      if (verdict.action === 'back-off') this.#readyWaiters.reject(startFailedError(verdict));
      next = this.#isForced ? { kind: 'restart', afterMs: 0 } : decision;
      await this.#note(next, restart);
      if (next.kind === 'give-up') return ExitCode.RESTART;
    }
  }

  /** First signal or `stop`: ends the worker gracefully, or a wait at once. Later calls change nothing. */
  stop(reason: ShutdownReason, deadlineMs = this.#options.config.env.TUX_STOP_TIMEOUT_MS): void {
    if (this.#stopReason) return;
    this.#stopReason = reason;
    this.#stopDeadlineMs = deadlineMs;
    this.#options.log.info({ event: 'supervisor:stopping', reason }, `🔧 Stopping: ${reason.message}`);
    this.#readyWaiters.reject(new TuxError('TUX_CLOSING', 'tux-supervisor was stopped'));
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

  requestStop(request: { by: string; now: boolean }): void {
    const reason: ShutdownReason = { kind: 'supervisor', message: `stop requested by ${request.by}`, by: request.by };
    if (this.#stopReason && request.now) this.hurry();
    else this.stop(reason, request.now ? 1 : undefined);
  }

  async requestRestart(request: { by: string; force: boolean }): Promise<RestartResult> {
    if (this.#stopReason) throw new TuxError('TUX_CLOSING', 'tux-supervisor is stopping');
    this.#checkBudget(request.force);
    const startedAt = this.#options.clock.monotonic();
    const next = this.#readyWaiters.next();
    this.#isForced = request.force;
    const message = `restart requested by ${request.by}`;
    if (this.#run) {
      const deadlineMs = this.#options.config.env.TUX_STOP_TIMEOUT_MS;
      this.#run.stop({ kind: 'restart', reason: message }, { kind: 'supervisor', message, by: request.by }, deadlineMs);
    } else {
      this.#pause.end();
    }
    const { runId, pid } = await next;
    return { runId, pid, tookMs: Math.round(this.#options.clock.monotonic() - startedAt) };
  }

  requestReload(): Promise<ReloadResult> {
    return this.#options.reload.run(() => this.#run);
  }

  async workerDetails(): Promise<string> {
    const answer = await this.#run?.ask('details');
    if (answer) return answer;
    const [code, message] = this.#run
      ? ['TUX_BOT_SILENT', 'The bot does not answer']
      : ['TUX_BOT_DOWN', 'The bot does not run'];
    throw new TuxError(code, message, { exitCode: ExitCode.UNAVAILABLE, hint: 'see tux-supervisor status' });
  }

  async metrics(): Promise<string> {
    const worker = (await this.#run?.ask('metrics')) ?? null;
    return `${supervisorMetrics(this.status(), this.#ready, worker !== null)}${worker ?? ''}`;
  }

  status(): Status {
    const { state, config, sandbox, recorder } = this.#options;
    const last = recorder.last;
    const pause = this.#pause.current;
    return {
      state: this.#statusState(),
      ready: this.#run?.isReady ?? false,
      supervisor: { pid: process.pid, startedAt: this.#startedAt, version: packageVersion() },
      worker: this.#run?.inspect() ?? null,
      restarts: recorder.restarts,
      hold: pause?.kind === 'HELD' ? { reason: pause.reason, until: pause.until } : null,
      backoff: pause?.kind === 'BACKOFF' ? { reason: pause.reason, until: pause.until } : null,
      identifyBudget: state.budget,
      lastExit: last && {
        class: last.class,
        code: last.code,
        signal: last.signal,
        reason: last.reason,
        at: last.endedAt,
      },
      sandbox: sandbox && { apiUrl: sandbox.apiUrl, controlUrl: sandbox.controlUrl },
      stateDir: config.paths.stateDir,
    };
  }

  #statusState(): Status['state'] {
    if (this.#stopReason) return 'STOPPING';
    if (this.#pause.current) return this.#pause.current.kind;
    return this.#run?.isReady ? 'RUNNING' : 'STARTING';
  }

  /** A hold outlives the supervisor: restarting it is no way round the policy. `restart --force` is. */
  #resumeHold(): Decision | null {
    const { state, clock } = this.#options;
    const now = clock.now();
    const held = stillHeld(state.hold, now) ?? budgetHold({ ledger: state.ledger, now });
    if (held) this.#logHold({ ...held, until: new Date(now + held.afterMs).toISOString() });
    return held;
  }

  #logHold({ reason, message, until }: Hold): void {
    this.#options.log.error(
      { event: 'supervisor:held', reason, until },
      `❌ HELD until ${until}: ${message}; to start it sooner: tux-supervisor restart --force`,
    );
  }

  async #pauseFor(next: Decision): Promise<void> {
    if (next.kind === 'give-up' || next.afterMs === 0) return;
    if (next.kind === 'restart') {
      return this.#pause.wait('BACKOFF', this.#options.recorder.last?.reason ?? 'crash', next.afterMs);
    }
    const reason = `${next.reason}: ${next.message}`;
    const held = this.#pause.wait('HELD', reason, next.afterMs);
    if (this.#pause.current) this.#readyWaiters.reject(heldError(reason, this.#pause.current.until));
    await held;
  }

  async #runOnce(): Promise<RunOutcome> {
    const { config, reload, log, clock, state, sink, program } = this.#options;
    state.assertHeld();
    this.#pause.noteRun();
    await clearExitMarker(config.paths.exitMarker);
    sink.forgetLastLines();
    const runId = ulid(clock.now());
    const run = new WorkerRun({
      runId,
      program,
      cwd: process.cwd(),
      environment: reload.forNextWorker(),
      config,
      paths: config.paths,
      log,
      sink,
      state,
      reserve: this.#isForced ? FORCED_RESERVE : AUTOMATIC_RESERVE,
      clock,
      onReady: (readyMs) => this.#handleReady(run, readyMs),
    });
    this.#isForced = false;
    this.#run = run;
    log.info({ event: 'worker:started', pid: run.pid, runId }, `🔧 Started Tux, pid ${run.pid}`);
    if (this.#stopReason) this.#stopRun();
    await state.saveRun({ runId, pid: run.pid, startedAt: new Date(clock.now()).toISOString(), readyMs: null });
    const outcome = await run.finished;
    this.#run = null;
    return outcome;
  }

  #handleReady(run: WorkerRun, readyMs: number): void {
    this.#options.log.info(
      { event: 'worker:ready', pid: run.pid, runId: run.runId, readyMs },
      `✅ Tux is ready after ${(readyMs / 1000).toFixed(1)} s`,
    );
    this.#readyWaiters.resolve({ runId: run.runId, pid: run.pid });
    if (this.#ready === 0) this.#options.onFirstReady?.();
    this.#ready += 1;
    void this.#options.state.saveReady(Math.round(readyMs)).catch(() => {}); // a lost lock is noticed at its end, too
  }

  #stopRun(): void {
    if (!this.#stopReason) return;
    this.#run?.stop({ kind: 'stop', reason: this.#stopReason.message }, this.#stopReason, this.#stopDeadlineMs);
  }

  #end(verdict: ExitVerdict): ExitCode {
    if (this.#stopReason) return ExitCode.OK;
    this.#readyWaiters.reject(
      new TuxError('TUX_ENDED', `Tux ended: ${verdict.reason}`, { exitCode: verdict.exitCode }),
    );
    return verdict.exitCode;
  }

  async #note(decision: Decision, restart: Parameters<SupervisorState['saveRestart']>[0]): Promise<void> {
    const { state, log, clock } = this.#options;
    if (decision.kind === 'give-up') {
      log.fatal({ event: 'supervisor:gave-up' }, `❌ ${decision.message}`);
      this.#readyWaiters.reject(new TuxError('TUX_GAVE_UP', decision.message));
    }
    const until = new Date(clock.now() + (decision.kind === 'give-up' ? 0 : decision.afterMs)).toISOString();
    const hold = decision.kind === 'hold' ? { reason: decision.reason, message: decision.message, until } : null;
    if (hold) this.#logHold(hold);
    else if (decision.kind === 'restart' && decision.afterMs > 0) {
      log.warn(
        { event: 'supervisor:backoff', afterMs: decision.afterMs },
        `⚠️ Next start in ${(decision.afterMs / 1000).toFixed(1)} s`,
      );
    }
    await state.saveRestart(restart, hold);
  }

  /** A restart that somebody asked for must not be the one after which nothing is left. */
  #checkBudget(force: boolean): void {
    const { state, clock } = this.#options;
    const reserve = force ? FORCED_RESERVE : AUTOMATIC_RESERVE;
    const pause = this.#pause.current;
    if (pause?.kind === 'HELD' && !force) throw heldError(pause.reason, pause.until);
    if (mayIdentify(state.ledger, clock.now(), reserve)) return;
    const { remaining, total, resetAt } = state.budget;
    throw new TuxError(
      'TUX_BUDGET',
      `Only ${remaining} of ${total} IDENTIFYs are left until ${resetAt ?? 'tomorrow'}`,
      {
        exitCode: ExitCode.FAILURE,
        hint: force ? 'wait: Discord resets the token of a bot that uses them up' : 'wait, or use --force',
      },
    );
  }
}

function stillHeld(hold: Hold | null, now: number): (Decision & { kind: 'hold' }) | null {
  if (hold === null || Date.parse(hold.until) <= now) return null;
  // A clock that was set back must not turn a hold of minutes into one of years.
  const afterMs = Math.min(Date.parse(hold.until) - now, 24 * 60 * 60 * 1000);
  return { kind: 'hold', afterMs, reason: hold.reason, message: hold.message };
}

function heldError(reason: string, until: string): TuxError {
  return new TuxError('TUX_HELD', `Restarts are held until ${until} (${reason})`, {
    exitCode: ExitCode.FAILURE,
    hint: 'mend the cause, then tux-supervisor restart --force',
  });
}

function startFailedError(verdict: ExitVerdict): TuxError {
  return new TuxError('TUX_START_FAILED', `Tux did not get ready: ${verdict.reason}`, {
    exitCode: ExitCode.FAILURE,
    hint: 'it will be tried again; see tux-supervisor status and logs',
  });
}
