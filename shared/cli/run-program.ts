import { type Command, CommanderError } from 'commander';
import { describeError, errnoOf, exitCodeOf, isTuxError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { redact } from '../redact.js';

/**
 * Runs a command line and returns the exit code of the process. A wrong command line is USAGE (64); a TuxError becomes
 * one line on stderr and its own code, an error of the operating system one line and IO_ERROR (74); anything else is a bug
 * and shows its stack.
 */
export async function runProgram(program: Command, argv: readonly string[]): Promise<ExitCode> {
  makeThrow(program);
  try {
    await program.parseAsync(argv as string[]);
    return (process.exitCode ?? ExitCode.OK) as ExitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
    const isSystemError = !isTuxError(error) && errnoOf(error) !== undefined && 'syscall' in (error as object);
    const isBug = error instanceof Error && !isTuxError(error) && !isSystemError;
    process.stderr.write(`❌ ${redact((isBug && error.stack) || describeError(error))}\n`);
    return isSystemError ? ExitCode.IO_ERROR : exitCodeOf(error);
  }
}

/** Commander ends the process itself unless told otherwise, for each command anew. */
function makeThrow(command: Command): void {
  command.exitOverride();
  command.showHelpAfterError('(see --help)');
  command.commands.forEach(makeThrow);
}
