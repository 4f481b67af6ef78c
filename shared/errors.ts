import { ExitCode } from './exit-codes.js';

/** Shared by every copy of this module, so that an error crosses module instances (hot reload, tests) recognisably. */
const brand = Symbol.for('tux.error');

export interface TuxErrorOptions {
  /** What led to this error. */
  readonly cause?: unknown;
  /** What the operator can do about it: one imperative sentence. */
  readonly hint?: string;
  /** Exit code of a process that ends because of this error. Default: SOFTWARE (70). */
  readonly exitCode?: ExitCode;
  /** Structured context for the log; never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * The one error class of the project: a stable `code` to match on, a message that says what was wrong and what was
 * received, a `hint` that says what to do, and the exit code it leads to.
 */
export class TuxError extends Error {
  readonly [brand] = true;
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: string, message: string, options: TuxErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TuxError';
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? ExitCode.SOFTWARE;
    this.details = options.details;
  }
}

/** True for a TuxError of any copy of this module. */
export function isTuxError(value: unknown): value is TuxError {
  return typeof value === 'object' && value !== null && (value as { [brand]?: boolean })[brand] === true;
}

/** The exit code a process should end with because of `error`: its own, or SOFTWARE. */
export function exitCodeOf(error: unknown): ExitCode {
  return isTuxError(error) ? error.exitCode : ExitCode.SOFTWARE;
}

/** One line for people: message, then the hint where there is one. */
export function describeError(error: unknown): string {
  if (isTuxError(error)) return error.hint ? `${error.message} — ${error.hint}` : error.message;
  if (error instanceof Error) return error.message || error.name;
  return String(error);
}

/** Makes sure that what was thrown is an Error. */
export function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value), { cause: value });
}

/** The `code` of a Node system error (`ENOENT`, `EPIPE` …), if it has one. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
