import type { Clock } from '../../shared/clock.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { exitMarkerFile, exitMarkerOf } from '../../shared/exit-marker.js';
import type { ShutdownReason } from '../../shared/ipc-protocol.js';
import { isoTime } from '../../shared/iso-time.js';
import { type LastShutdown, lastShutdownFile } from '../../shared/last-shutdown.js';
import { scrub } from '../../shared/scrub.js';
import { keepsSession } from '../discord/session/keeps-session.js';
import { shutdownTrace } from '../telemetry/shutdown-report.js';
import type { Application } from './application.js';
import type { ShutdownPhase, ShutdownSequence } from './shutdown.js';

/** Longest that one background task may take to end. */
const TASK_CANCEL_LIMIT_MS = 1_500;
/** Limits of the phases. Their sum, with the default drain of 5 s, stays below the supervisor's default of 25 s. */
const LIMITS = {
  marker: 1_000,
  refuse: 100,
  persist: 2_000,
  cancel: 2_000,
  persistAgain: 1_000,
  close: 8_000,
  sentry: 1_500,
  summary: 1_000,
  logs: 500,
  lock: 500,
};
/** Jobs and commands that are told to end get this long on top of the drain. */
const DRAIN_GRACE_MS = 1_500;

/**
 * The twelve steps of a shutdown (seed runbook; the twelfth, the exit itself, is `main`'s). Each works with what the start
 * got done. Order: stop taking work, finish it, make the rest durable, and only then take things apart.
 */
export function shutdownPhases(
  application: Application,
  sequence: ShutdownSequence,
  reason: ShutdownReason,
  exitCode: ExitCode,
): ShutdownPhase[] {
  const { parts, options } = application;
  const { config, runId, log, logPipe, clock } = options;
  const drainMs = config.env.TUX_DRAIN_TIMEOUT_MS;
  /** Started by hand beside somebody who owns the state folder: those files are not ours to write. */
  const isIntruder = exitCode === ExitCode.LOCKED && !options.isSupervised;
  const tally = { cancelled: 0, completed: 0, timedOut: [] as string[] };
  const persist = async () => {
    const { tux } = parts;
    if (!tux) return;
    const stores = [tux.jobs, tux.reminders, tux.scheduledDms, tux.events, tux.services.cooldowns];
    await Promise.all(stores.map((store) => store.persist()));
  };

  return [
    {
      name: 'marker',
      limitMs: LIMITS.marker,
      async run() {
        options.send({ type: 'closing', exitCode, reason });
        if (isIntruder) return;
        await exitMarkerFile(config.paths.exitMarker, runId).save(exitMarkerOf(runId, reason, exitCode));
      },
    },
    {
      name: 'refuse new work',
      limitMs: LIMITS.refuse,
      run() {
        const { tux } = parts;
        if (!tux) return;
        if (keepsSession(reason, exitCode) && tux.gateway.canHandOver) {
          // What comes from now on is for the next worker, and what is under way may finish: nobody is turned away.
          tux.gateway.handOver(reason.kind !== 'fatal');
        } else {
          tux.gateway.quiesce();
          tux.dispatcher.close();
          tux.jobs.close();
        }
      },
    },
    {
      name: 'drain',
      limitMs: drainMs + DRAIN_GRACE_MS,
      async run() {
        const { tux } = parts;
        if (!tux) return;
        const waitingFor = tux.dispatcher.statistics().inFlight + tux.jobs.running;
        if (waitingFor > 0)
          log.info({ event: 'shutdown:drain', waitingFor }, `🔧 Waiting for ${waitingFor} commands and jobs to finish`);
        const drained = new AbortController();
        const over = abortAfter(drainMs, AbortSignal.any([sequence.hurrySignal, drained.signal]), clock);
        // Jobs are taken as long as commands run: one that was let finish may leave something to do.
        const drainCommands = tux.dispatcher.drain(over);
        const [commands, jobs] = await Promise.all([
          drainCommands,
          drainCommands.then(() => tux.jobs.drain(over)),
          tux.reminders.stop(over),
          tux.scheduledDms.stop(over),
        ]).finally(() => drained.abort());
        tally.completed += commands.finished + jobs.finished;
        tally.cancelled += jobs.released;
        tally.timedOut.push(...commands.abandoned, ...jobs.abandoned);
      },
    },
    { name: 'persist', limitMs: LIMITS.persist, run: persist },
    {
      name: 'cancel tasks',
      limitMs: LIMITS.cancel,
      async run() {
        const report = await parts.tux?.tasks.cancelAll(TASK_CANCEL_LIMIT_MS);
        tally.cancelled += report?.cancelled ?? 0;
        tally.completed += report?.completed ?? 0;
        tally.timedOut.push(...(report?.timedOut ?? []));
      },
    },
    // A task that was cancelled may have put its work back; without a change this writes nothing.
    { name: 'persist again', limitMs: LIMITS.persistAgain, run: persist },
    {
      name: 'close connections',
      limitMs: LIMITS.close,
      async run() {
        const summary = await parts.runner?.stop(
          exitCode === ExitCode.OK || exitCode === ExitCode.RESTART ? undefined : reason,
        );
        const late = [...(summary?.overran ?? []), ...(summary?.failed ?? [])];
        if (late.length > 0) throw new Error(`did not stop cleanly: ${late.join(', ')}`);
      },
    },
    {
      name: 'flush Sentry',
      limitMs: LIMITS.sentry,
      async run() {
        parts.reporter?.trace(shutdownTrace(sequence.results, reason, clock.now()));
        await parts.reporter?.flush(LIMITS.sentry - 200);
      },
    },
    {
      name: 'last-shutdown',
      limitMs: LIMITS.summary,
      async run() {
        if (isIntruder) return;
        const file = lastShutdownFile(config.paths.lastShutdown, runId);
        const account: LastShutdown = {
          timestamp: isoTime(clock.now()),
          runId,
          reason: reason.message,
          signal: reason.signal ?? null,
          requestedBy: reason.by ?? null,
          exitCode,
          clean: sequence.isClean && tally.timedOut.length === 0,
          uptimeMs: application.uptimeMs,
          pendingJobs: parts.tux?.jobs.depth ?? 0,
          tasks: tally,
          phases: [...scrub(sequence.results, config.secrets)],
        };
        // The supervisor makes it durable once we are gone: the next worker waits for that, and should not for the disk.
        if (options.isSupervised && reason.kind !== 'supervisor-gone') file.saveVolatile(account);
        else await file.save(account);
      },
    },
    {
      name: 'flush logs',
      limitMs: LIMITS.logs,
      async run() {
        log.info(
          { event: 'shutdown:done', exitCode, uptimeMs: application.uptimeMs },
          `✅ Shut down, exit code ${exitCode}`,
        );
        parts.heartbeat?.stop();
        await logPipe.flush();
      },
    },
    {
      name: 'release bot.lock',
      limitMs: LIMITS.lock,
      async run() {
        const lock = await parts.lock?.catch(() => undefined); // never had, or called off
        await lock?.release();
      },
    },
  ];
}

/** Not AbortSignal.timeout() in AbortSignal.any(): in Node 20 the timeout may be collected as garbage and never fire. */
function abortAfter(ms: number, sooner: AbortSignal, clock: Clock): AbortSignal {
  const controller = new AbortController();
  void clock
    .sleep(ms, sooner)
    .catch(() => {}) // sooner
    .then(() => controller.abort());
  return controller.signal;
}
