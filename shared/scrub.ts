import { REDACTED, redact } from './redact.js';
import { SECRET_WORDS } from './secret-patterns.js';

/** Whatever stands under such a name is a secret, whether it looks like one or not. */
const SECRET_NAME = new RegExp(SECRET_WORDS, 'i');
/** Deeper than Sentry itself goes; what lies below is dropped. */
const MAX_DEPTH = 12;

/**
 * A copy of plain data without secrets: in texts and names of fields as {@link redact} finds them, and whole values under
 * names that say what they are. Text by text, not as one JSON document: there a pattern could reach over quotes, and a
 * secret with a quote in it would not be found.
 */
export function scrub<T>(value: T, known: readonly string[]): T {
  return scrubAt(value, known, 0) as T;
}

function scrubAt(value: unknown, known: readonly string[], depth: number): unknown {
  if (typeof value === 'string') return redact(value, known);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return REDACTED;
  if (Array.isArray(value)) return value.map((item) => scrubAt(item, known, depth + 1));
  const entries = Object.entries(value).map(([name, item]) => [
    redact(name, known),
    SECRET_NAME.test(name) && isValue(item) ? REDACTED : scrubAt(item, known, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

function isValue(item: unknown): boolean {
  return typeof item === 'string' || Array.isArray(item);
}
