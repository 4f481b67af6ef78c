import { backoffDelay } from '../../shared/backoff.js';
import { formatBytes } from '../../shared/cli/format.js';
import type { Environment } from '../../shared/config/schema.js';
import type { MemoryFacts } from '../../shared/memory-facts.js';

const MB = 1_000_000;
/** Of a standby that was never seen: everything imported and the bot put together. */
export const USUAL_STANDBY_BYTES = 160 * MB;
/** What has to be left beside a new standby, for the bot and for all others … */
export const RESERVE_TO_START_BYTES = 256 * MB;
/** … and what has to be left for it to stay: less, so that it does not come and go. */
export const RESERVE_TO_KEEP_BYTES = 128 * MB;

/** Between a standby that failed and the next. One that always dies costs a start every ten minutes. */
const BACKOFF = { baseMs: 1_000, maxMs: 600_000, jitter: 'none' } as const;
/** One that was prepared and lived this long clears what came before it. */
export const GOOD_LIFE_MS = 600_000;
/** From so many failures in a row on it is no accident: the operator is told, once. */
export const FAILURES_TO_TELL = 3;

/** What speaks for or against a standby. */
export interface StandbyFacts {
  readonly mode: Environment['TUX_STANDBY'];
  readonly memory: MemoryFacts;
  /** Whether there is one now; then its memory is used already. */
  readonly isThere: boolean;
  /** What the last one used, without guilds that it knew ahead; null before the first. */
  readonly lastBytes: number | null;
}

export interface StandbyDecision {
  readonly isWanted: boolean;
  /** Why there is none, in words; null when it is wanted. */
  readonly reason: string | null;
}

/** Whether there should be a standby. Pure. */
export function decideStandby({ mode, memory, isThere, lastBytes }: StandbyFacts): StandbyDecision {
  if (mode === 'on') return { isWanted: true, reason: null };
  if (mode === 'off') return { isWanted: false, reason: 'TUX_STANDBY is off' };
  const freeBytes = freeMemory(memory);
  if (freeBytes === null) return { isWanted: false, reason: 'how much memory is free cannot be read here' };
  const needBytes = isThere ? RESERVE_TO_KEEP_BYTES : (lastBytes ?? USUAL_STANDBY_BYTES) + RESERVE_TO_START_BYTES;
  if (freeBytes >= needBytes) return { isWanted: true, reason: null };
  return { isWanted: false, reason: `${formatBytes(freeBytes)} of memory free, ${formatBytes(needBytes)} needed` };
}

/** The narrower of machine and control group; null when nothing is known of the machine. */
function freeMemory({ availableBytes, cgroupHeadroomBytes }: MemoryFacts): number | null {
  if (availableBytes === null) return null;
  return Math.min(availableBytes, cgroupHeadroomBytes ?? Number.POSITIVE_INFINITY);
}

/** How long to wait after so many failures in a row, in ms. */
export function delayAfterFailures(failures: number): number {
  return failures === 0 ? 0 : backoffDelay(BACKOFF, failures - 1);
}
