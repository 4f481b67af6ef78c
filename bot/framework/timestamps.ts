/*
 * Points in time as Discord shows them: to each reader in their own language and time zone. `at` may be a number of
 * milliseconds since the epoch.
 */

/** "in 2 days". */
export function relativeTime(at: Date | number): string {
  return stamp(at, 'R');
}

/** Date and time of day. */
export function absoluteTime(at: Date | number): string {
  return stamp(at, 'f');
}

/** A date, and how long ago that is. */
export function dateAndAge(at: Date | number): string {
  return `${stamp(at, 'D')} (${stamp(at, 'R')})`;
}

function stamp(at: Date | number, style: 'R' | 'f' | 'D'): string {
  return `<t:${Math.round(Number(at) / 1_000)}:${style}>`;
}
