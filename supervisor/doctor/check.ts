import type { DoctorContext } from './context.js';

export type CheckStatus = 'ok' | 'warn' | 'fail' | 'skipped';

/** One line of what `doctor` answers. */
export interface Finding {
  readonly status: CheckStatus;
  /** What was found, without the name of the check. */
  readonly summary: string;
  /** A command to type, or what else to do. With `warn` and `fail` only. */
  readonly fix?: string;
}

/** One thing that is looked at. It reads and asks; what it makes to find out, it takes away again. */
export interface Check {
  /** In lower case, two words at most: it stands in a column. */
  readonly name: string;
  /** Time it may take, in ms. Default: {@link DEFAULT_LIMIT_MS}. */
  readonly limitMs?: number;
  /**
   * Looks. Several findings become several lines. May throw: that is a finding, too, and keeps no other check from its work.
   *
   * @param signal aborts when the time is up; what ignores it is left behind.
   */
  run(
    context: DoctorContext,
    signal: AbortSignal,
  ): Promise<Finding | readonly Finding[]> | Finding | readonly Finding[];
}

/** Time of a check that does not say how much it may take, in ms. */
export const DEFAULT_LIMIT_MS = 10_000;

/** A finding that all is well. @param summary see {@link Finding.summary}. */
export function ok(summary: string): Finding {
  return { status: 'ok', summary };
}

/** A finding that Tux works, but that something should be looked at. @param fix see {@link Finding.fix}. */
export function warn(summary: string, fix: string): Finding {
  return { status: 'warn', summary, fix };
}

/** A finding that keeps Tux from starting, or from working as it should, until it is mended. @param fix see {@link Finding.fix}. */
export function fail(summary: string, fix: string): Finding {
  return { status: 'fail', summary, fix };
}

/** A finding that nothing was looked at. @param summary why. */
export function skipped(summary: string): Finding {
  return { status: 'skipped', summary };
}

/** A word of a command line, in quotes where a shell would take it apart. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
