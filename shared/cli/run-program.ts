import { setImmediate } from 'node:timers/promises';
import { type Command, CommanderError } from 'commander';
import { describeError, errnoOf, exitCodeOf, isTuxError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { redact } from '../redact.js';

/**
 * Runs a command line and returns the exit code of the process. A wrong command line is USAGE (64); a TuxError becomes
 * one line on stderr and its own code, an error of the operating system one line and IO_ERROR (74); anything else is a bug
 * and shows its stack. A reader that ends early (`| head`) changes nothing; an answer that could not be written otherwise (a full
 * disk) is an IO_ERROR, too.
 */
export async function runProgram(program: Command, argv: readonly string[]): Promise<ExitCode> {
  const unwritten = watchOutput();
  const code = await runCommand(program, argv);
  const error = await unwritten();
  if (error === null || code !== ExitCode.OK) return code;
  process.stderr.write(`❌ The answer could not be written: ${describeError(error)}\n`);
  return ExitCode.IO_ERROR;
}

async function runCommand(program: Command, argv: readonly string[]): Promise<ExitCode> {
  makeThrow(program);
  try {
    await program.parseAsync(argv as string[]);
    return (process.exitCode ?? ExitCode.OK) as ExitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
    const isSystemError = !isTuxError(error) && errnoOf(error) !== undefined && 'syscall' in (error as object);
    const isBug = error instanceof Error && !isTuxError(error) && !isSystemError;
    process.stderr.write(`❌ ${redact((isBug && error.stack) || complaintOf(error))}\n`);
    return isSystemError ? ExitCode.IO_ERROR : exitCodeOf(error);
  }
}

/** One line, as a log has it; for people, one more for each of several problems. */
function complaintOf(error: unknown): string {
  const problems: unknown = isTuxError(error) ? error.details?.problems : undefined;
  if (!process.stderr.isTTY || !Array.isArray(problems) || problems.length < 2) return describeError(error);
  const summary = describeError(error).replace(problems.join('; '), () => `${problems.length} problems`);
  return [summary, ...problems].join('\n   ');
}

/**
 * Without a listener an error of stdout or stderr ends the program with a stack, in the middle of what it does.
 *
 * @returns what ends the watch, and has the first error that leaves an answer incomplete.
 */
function watchOutput(): () => Promise<Error | null> {
  let first: Error | null = null;
  const onError = (error: Error) => {
    const isHeard = process.stdout.listenerCount('error') > 1; // by a log, which goes on without a terminal
    if (errnoOf(error) !== 'EPIPE' && !isHeard) first ??= error;
  };
  const ignore = () => {};
  process.stdout.on('error', onError);
  process.stderr.on('error', ignore);
  return async () => {
    await setImmediate(); // streams tell of an error after what they were told to do
    process.stdout.off('error', onError);
    process.stderr.off('error', ignore);
    return first;
  };
}

/** Commander ends the process itself unless told otherwise, for each command anew. */
function makeThrow(command: Command): void {
  command.exitOverride();
  command.showHelpAfterError('(see --help)');
  command.commands.forEach(makeThrow);
}
