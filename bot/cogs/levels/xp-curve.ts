/**
 * How much xp a level takes. From level n to the next one it is 5n² + 50n + 100: the first level comes after half a dozen
 * messages, level 10 after about 230, level 50 after some 18,000.
 */

/** The last level; its xp is the most that anybody can have, and fits the 32 bits of the database. */
export const MAX_LEVEL = 1_000;

/** The xp at which `level` (0 to {@link MAX_LEVEL}) begins. */
export function xpForLevel(level: number): number {
  // The sum of the steps below it. The product is divisible by 6 for every whole number.
  return (5 * level * (2 * level ** 2 + 27 * level + 91)) / 6;
}

/** The most xp that anybody can have: where the last level begins. */
export const MAX_XP = xpForLevel(MAX_LEVEL);

/** The level that a sum of xp stands for: the highest one that begins at or below it. */
export function levelOf(xp: number): number {
  let low = 0;
  let high = MAX_LEVEL;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (xpForLevel(middle) <= xp) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** How far somebody is on the way from their level to the next. */
export interface Progress {
  readonly level: number;
  /** Xp since the level began. */
  readonly done: number;
  /** Xp between the beginning of the level and that of the next; 0 on the last level. */
  readonly total: number;
}

/** @param xp 0 to {@link MAX_XP}. */
export function progressOf(xp: number): Progress {
  const level = levelOf(xp);
  const begin = xpForLevel(level);
  const total = level === MAX_LEVEL ? 0 : xpForLevel(level + 1) - begin;
  return { level, done: xp - begin, total };
}
