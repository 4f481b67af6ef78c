import type { Clock } from '../../shared/clock.js';
import type { RunRecord } from '../../shared/control/run-record.js';
import type { Status } from '../../shared/control/status.js';
import { describeError } from '../../shared/errors.js';
import type { InstanceLock } from '../../shared/instance-lock.js';
import { isoTime } from '../../shared/iso-time.js';
import { readLastShutdown } from '../../shared/last-shutdown.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { Paths } from '../../shared/paths.js';
import { redact } from '../../shared/redact.js';
import type { DiskRetry } from '../disk-retry.js';
import type { LogSink } from '../logs/log-sink.js';
import { classOfExitCode, type ExitVerdict } from '../restart/exit-policy.js';
import type { SupervisionEvents } from '../supervision-observer.js';
import type { CurrentRun, SupervisorState } from '../supervisor-state.js';
import type { RunEnd } from '../worker/run-outcome.js';
import { appendCrashRecord } from './crash-record.js';
import { describeExit, RunHistory, readHistory } from './run-history.js';

/** So many ends wait for the disk; then the oldest is given up. */
const MAX_UNWRITTEN = 100;

export interface RunRecorderOptions {
  readonly paths: Paths;
  readonly lock: InstanceLock;
  /** Remembers a run until its end is in the history. */
  readonly state: Pick<SupervisorState, 'forgetRun'>;
  readonly retry: DiskRetry;
  readonly sink: LogSink;
  /** Literals that must not be recorded. */
  readonly secrets: readonly string[];
  readonly log: Logger;
  readonly clock: Clock;
  readonly events: Pick<SupervisionEvents, 'onRunEnded'>;
}

/** Explains every end: a log line, a line of `history.jsonl`, and for a crash the last words in `crash.log`. */
export class RunRecorder {
  readonly #options: RunRecorderOptions;
  readonly #history: RunHistory;
  /** Not in the history yet, oldest first. */
  readonly #unwritten = new Set<RunRecord>();
  #writing: Promise<void> = Promise.resolve();
  readonly #restarts = { planned: 0, crash: 0, hang: 0, failedStart: 0, limit: 0 };
  #last: RunRecord | null = null;

  constructor(options: RunRecorderOptions) {
    this.#options = options;
    this.#history = new RunHistory(options.paths.history, () => options.lock.assertHeld());
  }

  /** Learns how the last run before this supervisor ended. A history that cannot be read keeps no bot down. */
  async load(): Promise<void> {
    const { paths, log } = this.#options;
    try {
      this.#last = (await readHistory(paths.history)).at(-1) ?? null;
    } catch (error) {
      log.error({ event: 'history:read-failed', err: error }, `❌ ${describeError(error)}`);
    }
  }

  /** The most recent end, of an earlier supervisor too. */
  get last(): RunRecord | null {
    return this.#last;
  }

  /** How often each class of end led to a restart since this supervisor started. */
  get restarts(): Status['restarts'] {
    return { ...this.#restarts };
  }

  /** Notes the end of a run and tells of it; nothing is written yet. */
  note(run: RunEnd, verdict: ExitVerdict): RunRecord {
    const record = this.#toRecord(run, verdict);
    this.#count(verdict);
    this.#note(record);
    return record;
  }

  /**
   * Writes what was noted, once the last lines of the run are in. A disk that does not take it is no reason to leave the bot down: that
   * is logged, and the line of the history is written when the disk is well.
   *
   * @param runaways processes that it had left behind, see {@link ExitStatus}.
   * @throws TuxError TUX_LOCK_LOST (73) when another supervisor has taken over: then nothing is written.
   */
  async write(record: RunRecord, { action }: ExitVerdict, runaways: readonly number[]): Promise<void> {
    const { sink, log, lock } = this.#options;
    if (runaways.length > 0) {
      const fields = { event: 'worker:runaways', runId: record.runId, pids: runaways };
      log.warn(fields, `⚠️ Killed ${runaways.length} processes it had left behind`);
    }
    await this.#keep(record);
    const isCrash = action === 'back-off' || record.class === 'config';
    if (!isCrash) return;
    lock.assertHeld();
    try {
      await appendCrashRecord(sink.folder, record, sink.lastLinesOf(record.runId));
    } catch (error) {
      this.#logFailure(error);
    }
  }

  /**
   * Writes the line of a run whose supervisor did not live to write it, or could not. What is known comes from the worker's own account;
   * without one it was killed as well, as a rule.
   */
  async recordOrphan({ runId, pid, startedAt, readyMs }: CurrentRun): Promise<void> {
    const { paths, clock, secrets, state } = this.#options;
    if (await this.#isRecorded(runId)) return state.forgetRun(runId); // it had got that far
    const shutdown = await readLastShutdown(paths.lastShutdown);
    const own = shutdown?.runId === runId ? shutdown : null;
    const endedAt = own?.timestamp ?? isoTime(clock.now());
    const record: RunRecord = {
      runId,
      pid,
      startedAt,
      endedAt,
      uptimeMs: Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)),
      readyMs,
      code: own?.exitCode ?? null,
      signal: null,
      class: own ? classOfExitCode(own.exitCode, readyMs !== null) : 'crash',
      reason: own
        ? redact(own.reason, secrets)
        : 'ended without a word, as its supervisor did: killed, the machine went down, or the disk took no write',
      by: own?.requestedBy ?? null,
      reportPath: null,
      session: null,
      version: null,
    };
    this.#note(record);
    await this.#keep(record);
  }

  /** In any line, not only in the last: where `supervisor.json` could not be written, it names runs that ended long ago. */
  async #isRecorded(runId: string): Promise<boolean> {
    if (this.#last?.runId === runId) return true;
    const history = await readHistory(this.#options.paths.history).catch(() => []); // `load` has told of it
    return history.some((record) => record.runId === runId);
  }

  #toRecord(outcome: RunEnd, verdict: ExitVerdict): RunRecord {
    const { status } = outcome;
    return {
      runId: outcome.runId,
      pid: outcome.pid,
      startedAt: isoTime(outcome.startedAt),
      endedAt: isoTime(this.#options.clock.now()),
      uptimeMs: Math.round(status.uptimeMs),
      readyMs: outcome.readyMs === null ? null : Math.round(outcome.readyMs),
      code: status.code,
      signal: status.signal,
      class: verdict.class,
      reason: redact(verdict.reason, this.#options.secrets),
      by: outcome.by,
      reportPath: outcome.reportPath,
      session: outcome.session,
      version: outcome.version,
    };
  }

  /** Writes its line, now or when the disk is well. */
  async #keep(record: RunRecord): Promise<void> {
    const { lock, retry, paths, state } = this.#options;
    lock.assertHeld();
    this.#unwritten.add(record);
    const [oldest] = this.#unwritten;
    if (oldest && this.#unwritten.size > MAX_UNWRITTEN) {
      this.#unwritten.delete(oldest);
      await state.forgetRun(oldest.runId);
    }
    try {
      await this.#writeAll();
    } catch (error) {
      lock.assertHeld();
      this.#logFailure(error);
      retry.add(paths.history, () => this.#writeAll());
    }
  }

  /** One after the other: a run is forgotten when its line is there. */
  #writeAll(): Promise<void> {
    const { lock, state } = this.#options;
    const done = this.#writing.then(async () => {
      for (const record of this.#unwritten) {
        lock.assertHeld();
        await this.#history.append(record);
        this.#unwritten.delete(record);
        await state.forgetRun(record.runId);
      }
    });
    this.#writing = done.catch(() => {});
    return done;
  }

  #logFailure(error: unknown): void {
    this.#options.log.error({ event: 'history:write-failed', err: error }, '❌ Could not record the end of the run');
  }

  #count({ class: runClass }: ExitVerdict): void {
    if (runClass === 'failed-start') this.#restarts.failedStart += 1;
    else if (runClass in this.#restarts) this.#restarts[runClass as keyof Status['restarts']] += 1;
  }

  #note(record: RunRecord): void {
    const { log, events } = this.#options;
    this.#last = record;
    events.onRunEnded(record);
    const fields = { event: 'worker:ended', ...record };
    const how = describeExit(record);
    const message = `Tux ended (${record.class}, ${how}, up ${(record.uptimeMs / 1000).toFixed(1)} s): ${record.reason}`;
    if (record.class === 'planned' || record.class === 'stopped') log.info(fields, message);
    else log.error(fields, `❌ ${message}`);
  }
}
