import { z } from 'zod';
import { backoffDelay } from '../../shared/backoff.js';
import { AUTOMATIC_RESERVE, type IdentifyLedger, waitForIdentifyMs } from '../../shared/identify-ledger.js';
import { isoTime } from '../../shared/iso-time.js';
import type { ExitVerdict } from './exit-policy.js';

/** A run this long clears what came before it. */
const RESET_AFTER_UP_MS = 300_000;
/** A first crash after this long is forgiven: restart at once. */
const MIN_UPTIME_MS = 30_000;
const BACKOFF = { baseMs: 1_000, maxMs: 60_000 } as const;
/** Restart intensity (a term of Erlang/OTP): this many crashes … */
const INTENSITY_CRASHES = 5;
/** … within this long make a hold. */
const INTENSITY_WINDOW_MS = 60_000;
const HOLD = { baseMs: 60_000, maxMs: 900_000 } as const;
/**
 * A hold is stretched by this share, at random. It also keeps a bot that dies at once below 100 IDENTIFYs a day, whatever
 * the luck: 15 min flat would make 96 a day on top of the dozen that it takes to get there.
 */
const HOLD_STRETCH = { min: 0.1, max: 0.25 } as const;

/** What the policy remembers, over restarts of the supervisor too. Times are ISO-8601 UTC. */
export const restartStateSchema = z.object({
  /** Crashes since the last run of {@link RESET_AFTER_UP_MS}. */
  consecutiveCrashes: z.number().int().nonnegative(),
  /** Crashes inside the intensity window. */
  recentCrashes: z.array(z.iso.datetime()),
  /** Holds since the last long run: each doubles the next. */
  holds: z.number().int().nonnegative(),
});
export type RestartState = z.infer<typeof restartStateSchema>;

/** The state of a policy that has seen no crash so far. */
export function initialRestartState(): RestartState {
  return { consecutiveCrashes: 0, recentCrashes: [], holds: 0 };
}

/** When the next start comes: after so many ms, after a hold that is announced, or never by itself. */
export type Decision =
  | { readonly kind: 'restart'; readonly afterMs: number }
  | { readonly kind: 'hold'; readonly afterMs: number; readonly reason: HoldReason; readonly message: string }
  | { readonly kind: 'give-up'; readonly message: string };

/** Why no worker is started for a while: too many crashes in too little time, or too few IDENTIFYs left of the day. */
export type HoldReason = 'crash-loop' | 'identify-budget';

/** The facts about a run that has ended by which {@link decideRestart} decides. */
export interface RestartFacts {
  readonly verdict: ExitVerdict;
  readonly uptimeMs: number;
  /** The run leaves a gateway session: the next goes on with it, and needs no IDENTIFY unless Discord refuses. */
  readonly mayResume: boolean;
  readonly state: RestartState;
  readonly ledger: IdentifyLedger;
  /** Wall clock, ms since the epoch. */
  readonly now: number;
  readonly random: () => number;
  readonly maxCrashes?: number | undefined;
}

/**
 * Decides when a worker that ended is started again. Pure: same facts, same answer. Planned restarts cost nothing; a crash
 * is forgiven once after a good run, then backs off with full jitter; five within a minute hold it, each hold doubling;
 * after a hold one early crash is enough for the next. Whatever the class, the IDENTIFY budget has the last word, but where a
 * session can go on: such a start costs nothing, and should Discord refuse, no IDENTIFY is granted to it and it is held then.
 */
export function decideRestart(facts: RestartFacts): { decision: Decision; state: RestartState } {
  if (facts.verdict.action === 'restart') {
    return { decision: budgetHoldUnless(facts) ?? { kind: 'restart', afterMs: 0 }, state: facts.state };
  }
  const state = countCrash(facts);
  if (facts.maxCrashes !== undefined && state.consecutiveCrashes >= facts.maxCrashes) {
    const message = `gave up after ${state.consecutiveCrashes} crashes in a row; the last: ${facts.verdict.reason}`;
    return { decision: { kind: 'give-up', message }, state };
  }
  const held = budgetHoldUnless(facts);
  if (held) return { decision: held, state };
  if (isStorm(facts, state)) return crashLoopHold(facts, state);
  const isForgiven = state.consecutiveCrashes === 1 && facts.uptimeMs >= MIN_UPTIME_MS;
  const afterMs = isForgiven ? 0 : backoffDelay(BACKOFF, state.consecutiveCrashes - 1, facts.random);
  return { decision: { kind: 'restart', afterMs }, state };
}

function budgetHoldUnless(facts: RestartFacts): (Decision & { kind: 'hold' }) | null {
  return facts.mayResume ? null : budgetHold(facts);
}

/** Whether a start may happen now as far as the IDENTIFY budget goes; null when it may. */
export function budgetHold(facts: { ledger: IdentifyLedger; now: number }): (Decision & { kind: 'hold' }) | null {
  const afterMs = waitForIdentifyMs(facts.ledger, facts.now, AUTOMATIC_RESERVE);
  if (afterMs === 0) return null;
  const message = `less than ${AUTOMATIC_RESERVE * 100} % of the day's IDENTIFY budget is left`;
  return { kind: 'hold', afterMs, reason: 'identify-budget', message };
}

function countCrash({ state, uptimeMs, now }: RestartFacts): RestartState {
  const before = uptimeMs >= RESET_AFTER_UP_MS ? initialRestartState() : state;
  const recent = before.recentCrashes.map((at) => Date.parse(at)).filter((at) => at > now - INTENSITY_WINDOW_MS);
  return {
    ...before,
    consecutiveCrashes: before.consecutiveCrashes + 1,
    recentCrashes: [...recent, now].map((at) => isoTime(at)),
  };
}

function isStorm(facts: RestartFacts, state: RestartState): boolean {
  const diedOnProbation = state.holds > 0 && facts.uptimeMs < INTENSITY_WINDOW_MS;
  return diedOnProbation || state.recentCrashes.length >= INTENSITY_CRASHES;
}

function crashLoopHold(facts: RestartFacts, state: RestartState): { decision: Decision; state: RestartState } {
  const flatMs = backoffDelay({ ...HOLD, jitter: 'none' }, state.holds);
  const stretch = HOLD_STRETCH.min + (HOLD_STRETCH.max - HOLD_STRETCH.min) * facts.random();
  const afterMs = Math.round(flatMs * (1 + stretch));
  const message = `${state.consecutiveCrashes} crashes in a row; the last: ${facts.verdict.reason}`;
  return {
    decision: { kind: 'hold', afterMs, reason: 'crash-loop', message },
    state: { ...state, holds: state.holds + 1, recentCrashes: [] },
  };
}
