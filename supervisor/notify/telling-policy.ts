import { backoffDelay } from '../../shared/backoff.js';
import type { LeftOut, NotificationKind } from './notification.js';

/** Between two of the same kind: a minute, doubling up to an hour while it goes on happening. */
const GAP = { baseMs: 60_000, maxMs: 3_600_000, jitter: 'none' } as const;
/** After this long without one of the kind, the next is news again. */
const QUIET_MS = 3_600_000;

/** What can happen many times a minute. Everything else happens once a minute at most, or once per supervisor. */
const limitedKinds: ReadonlySet<NotificationKind> = new Set<NotificationKind>([
  'crash',
  'hang',
  'failed-start',
  'limit',
]);

interface Streak {
  readonly toldAt: number;
  readonly happenedAt: number;
  /** How often it was told. */
  readonly times: number;
}

/** What the policy remembers. Instants are monotonic ms. */
export interface TellingState {
  readonly streaks: Readonly<Partial<Record<NotificationKind, Streak>>>;
  /** How many of each kind were not told since the last notification. */
  readonly leftOut: LeftOut;
  /** True from a notification of trouble until one of a recovery. */
  readonly isOpen: boolean;
}

/** The state of a policy that has told nothing yet. */
export function initialTellingState(): TellingState {
  return { streaks: {}, leftOut: {}, isOpen: false };
}

/**
 * Decides whether something is told, or left out and counted in the next notification. Pure: same facts, same answer. A
 * night of crashes must not bury the message that matters; but what was told last is always true: a recovery follows
 * each trouble that was told, however soon, and a hold or an end is told however many there were.
 */
export function decideTelling(
  state: TellingState,
  kind: NotificationKind,
  now: number,
): { tells: boolean; state: TellingState } {
  if (kind === 'recovered') return { tells: state.isOpen, state: state.isOpen ? told(state, false) : state };
  // Tux serves all the while: no recovery is to follow.
  if (kind === 'deploy-refused') return { tells: true, state: told(state, state.isOpen) };
  if (!limitedKinds.has(kind)) return { tells: true, state: told(state, true) };
  const { [kind]: last } = state.streaks;
  const streak = last && now - last.happenedAt < QUIET_MS ? last : null;
  const isDue = streak === null || now - streak.toldAt >= backoffDelay(GAP, streak.times - 1);
  if (isDue) {
    const next = { toldAt: now, happenedAt: now, times: (streak?.times ?? 0) + 1 };
    return { tells: true, state: { ...told(state, true), streaks: { ...state.streaks, [kind]: next } } };
  }
  const streaks = { ...state.streaks, [kind]: { ...streak, happenedAt: now } };
  const leftOut = { ...state.leftOut, [kind]: (state.leftOut[kind] ?? 0) + 1 };
  return { tells: false, state: { ...state, streaks, leftOut } };
}

function told(state: TellingState, isOpen: boolean): TellingState {
  return { ...state, leftOut: {}, isOpen };
}
