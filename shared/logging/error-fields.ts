import { isTuxError, toError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';

/**
 * What a log line carries of an error. One that the operator can mend says so in its sentence, and a stack would only bury
 * it: its code is enough. Anything else is ours to find, so it keeps its stack.
 */
export function errorFields(error: unknown): { code: string; cause?: string } | { err: Error } {
  if (!isTuxError(error) || error.exitCode === ExitCode.SOFTWARE) return { err: toError(error) };
  return { code: error.code, ...(error.cause instanceof Error && { cause: error.cause.message }) };
}
