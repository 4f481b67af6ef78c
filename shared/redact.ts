import { secretMatcher } from './secret-forms.js';
import { secretPatterns } from './secret-patterns.js';

/** What stands in for a secret wherever one would have appeared. */
export const REDACTED = '[redacted]';

/** The list of a process's secrets lives as long as the process, and only grows: a reload may add some. */
const matchers = new WeakMap<readonly string[], { count: number; matcher: RegExp | null }>();

/** A single word, such as the name of a field: whatever looks like a secret has at least one character that is not among these. */
const WORD = /^[\w-]*$/;

/**
 * Takes secrets out of text that is about to be written or shown: those that are `known` (the configured ones), in JSON, in
 * URLs and in base64, and whatever looks like one: tokens of Discord, passwords in URLs, webhooks, authorization headers,
 * and values whose name says it (`password=…`, `"token":"…"`). A line of JSON stays one. What is redacted already stays as
 * it is.
 */
export function redact(text: string, known: readonly string[] = []): string {
  const matcher = matcherOf(known);
  let result = matcher === null ? text : text.replace(matcher, REDACTED);
  if (WORD.test(result)) return result;
  for (const { pattern, tail = '' } of secretPatterns) result = result.replace(pattern, `$1${REDACTED}${tail}`);
  return result;
}

function matcherOf(known: readonly string[]): RegExp | null {
  const cached = matchers.get(known);
  if (cached?.count === known.length) return cached.matcher;
  const matcher = secretMatcher(known);
  matchers.set(known, { count: known.length, matcher });
  return matcher;
}
