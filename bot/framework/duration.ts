interface Unit {
  readonly name: string;
  readonly ms: number;
  readonly pattern: string;
}

/** From long to short: a duration names each unit at most once, in this order. */
const units: readonly Unit[] = [
  { name: 'week', ms: 7 * 86_400_000, pattern: 'w|weeks?' },
  { name: 'day', ms: 86_400_000, pattern: 'd|days?' },
  { name: 'hour', ms: 3_600_000, pattern: 'h|hrs?|hours?' },
  { name: 'minute', ms: 60_000, pattern: 'm|mins?|minutes?' },
  { name: 'second', ms: 1_000, pattern: 's|secs?|seconds?' },
];

const DURATION = new RegExp(`^${units.map((unit) => `(?:(\\d{1,9})\\s*(?:${unit.pattern})\\s*)?`).join('')}$`, 'i');

/**
 * Reads `10m`, `1h30m`, `2 days`, `1 week 2 days`: units from long to short, each at most once.
 *
 * @returns milliseconds, or null when `text` is something else.
 */
export function parseDuration(text: string): number | null {
  const match = DURATION.exec(text.trim());
  if (match === null || text.trim() === '') return null;
  return units.reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * unit.ms, 0);
}

/** `5400000` → `1 hour 30 minutes`; everything below a second is left out. */
export function formatDuration(durationMs: number): string {
  let left = Math.max(0, durationMs);
  const parts: string[] = [];
  for (const unit of units) {
    const count = Math.floor(left / unit.ms);
    if (count > 0) parts.push(`${count} ${unit.name}${count === 1 ? '' : 's'}`);
    left -= count * unit.ms;
  }
  return parts.join(' ') || '0 seconds';
}

/**
 * How many of the first `words` together read as one duration, so that `2 days` works without quotes: the longest run
 * that does, 0 when the first word cannot begin one.
 */
export function countDurationWords(words: readonly string[]): number {
  const longest = Math.min(words.length, units.length * 2);
  for (let count = longest; count > 0; count -= 1) {
    if (parseDuration(words.slice(0, count).join(' ')) !== null) return count;
  }
  return 0;
}
