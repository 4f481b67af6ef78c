import type { Clock } from '../../shared/clock.js';
import type { Config } from '../../shared/config/load.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { isoTime } from '../../shared/iso-time.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { RunRecorder } from '../history/run-recorder.js';
import type { WriteBehind } from '../history/write-behind.js';
import type { SupervisionEvents } from '../supervision-observer.js';
import type { Hold, SupervisorState } from '../supervisor-state.js';
import type { RunEnd } from '../worker/run-outcome.js';
import type { ExitVerdict } from './exit-policy.js';
import type { ReadyWaiters } from './ready-waiters.js';
import { gaveUpError, heldError } from './restart-errors.js';
import type { RestartPause } from './restart-pause.js';
import { budgetHold, type Decision, decideRestart, type RestartState } from './restart-policy.js';

export interface RestartScheduleOptions {
  readonly config: Pick<Config, 'env'>;
  readonly state: Pick<SupervisorState, 'hold' | 'ledger' | 'restart' | 'saveRestart'>;
  /** Takes what need not be on disk before the next start. */
  readonly behind: Pick<WriteBehind, 'follow'>;
  readonly recorder: Pick<RunRecorder, 'last'>;
  /** Those who hear that there will be no start for now. */
  readonly waiters: ReadyWaiters;
  readonly pause: RestartPause;
  readonly events: Pick<SupervisionEvents, 'onHold' | 'onGaveUp' | 'onChange'>;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: () => number;
}

/** A start without delay. */
export const AT_ONCE: Decision = { kind: 'restart', afterMs: 0 };

/** No hold is longer: a clock that was set back must not turn one of minutes into one of years. */
const LONGEST_HOLD_MS = 24 * 60 * 60 * 1000;

/** When the next worker starts: asks the restart policy, says and remembers what it decided, and waits. */
export class RestartSchedule {
  readonly #options: RestartScheduleOptions;

  constructor(options: RestartScheduleOptions) {
    this.#options = options;
  }

  /** For the first start. A hold outlives the supervisor: restarting it is no way round the policy. `restart --force` is. */
  first(): Decision {
    const { state, clock } = this.#options;
    const now = clock.now();
    const held = stillHeld(state.hold, now) ?? budgetHold({ ledger: state.ledger, now });
    if (!held) return AT_ONCE;
    this.#tellHold({ reason: held.reason, message: held.message, until: isoTime(now + held.afterMs) });
    return held;
  }

  /**
   * For the start after a run that did not end for good. Where `isForced` overrules the policy, it counts the run all the same. What
   * the policy remembers is on disk when this resolves, except before a start at once, which does not wait for the disk.
   *
   * @param run how long it lasted, and the gateway session that it had.
   * @throws TuxError TUX_LOCK_LOST (73) when another supervisor has taken over.
   */
  async next(verdict: ExitVerdict, run: Pick<RunEnd, 'status' | 'session'>, isForced: boolean): Promise<Decision> {
    const { state, clock, random, config } = this.#options;
    const { decision, state: restart } = decideRestart({
      verdict,
      uptimeMs: run.status.uptimeMs,
      mayResume: run.session !== null,
      state: state.restart,
      ledger: state.ledger,
      now: clock.now(),
      random,
      maxCrashes: config.env.TUX_MAX_CRASHES,
    });
    const next = isForced ? AT_ONCE : decision;
    await this.#note(next, restart);
    return next;
  }

  /** Waits as long as was decided, or until somebody ends the pause. */
  async wait(next: Decision): Promise<void> {
    if (next.kind === 'give-up' || next.afterMs === 0) return;
    const { pause, recorder, waiters, events } = this.#options;
    if (next.kind === 'restart') {
      const ended = pause.wait('BACKOFF', recorder.last?.reason ?? 'crash', next.afterMs);
      events.onChange();
      return ended;
    }
    const reason = `${next.reason}: ${next.message}`;
    const held = pause.wait('HELD', reason, next.afterMs);
    events.onChange();
    if (pause.current) waiters.reject(heldError(reason, pause.current.until));
    await held;
  }

  async #note(decision: Decision, restart: RestartState): Promise<void> {
    const { state, behind, log, clock, waiters, events } = this.#options;
    if (decision.kind === 'give-up') {
      log.fatal({ event: 'supervisor:gave-up' }, `❌ ${decision.message}`);
      waiters.reject(gaveUpError(decision.message));
      events.onGaveUp(ExitCode.RESTART, decision.message);
    }
    const until = isoTime(clock.now() + (decision.kind === 'give-up' ? 0 : decision.afterMs));
    const hold = decision.kind === 'hold' ? { reason: decision.reason, message: decision.message, until } : null;
    if (hold) this.#tellHold(hold);
    else if (decision.kind === 'restart' && decision.afterMs > 0) {
      log.warn(
        { event: 'supervisor:backoff', afterMs: decision.afterMs },
        `⚠️ Next start in ${(decision.afterMs / 1000).toFixed(1)} s`,
      );
    }
    const saved = state.saveRestart(restart, hold);
    if (decision.kind === 'restart' && decision.afterMs === 0) behind.follow(saved);
    else await saved;
  }

  #tellHold(hold: Hold): void {
    const { log, events } = this.#options;
    const { reason, message, until } = hold;
    log.error(
      { event: 'supervisor:held', reason, until },
      `❌ HELD until ${until}: ${message}; to start it sooner: tux-supervisor restart --force`,
    );
    events.onHold(hold);
  }
}

function stillHeld(hold: Hold | null, now: number): (Decision & { kind: 'hold' }) | null {
  if (hold === null || Date.parse(hold.until) <= now) return null;
  const afterMs = Math.min(Date.parse(hold.until) - now, LONGEST_HOLD_MS);
  return { kind: 'hold', afterMs, reason: hold.reason, message: hold.message };
}
