/**
 * Exit codes of the worker, the supervisor and both command lines. They follow sysexits(3) where it has a name for the
 * case; 75 (`EX_TEMPFAIL`, "try again") doubles as the restart request (seed runbook: RESTART_EXIT_CODE).
 */
export const ExitCode = {
  /** Stopped as asked. */
  OK: 0,
  /** A command that answered "no": nothing runs, nobody answered, unhealthy. */
  FAILURE: 1,
  /** Bad command line. */
  USAGE: 64,
  /** Discord or the database could not be reached. */
  UNAVAILABLE: 69,
  /** Uncaught error or a failed critical service. */
  SOFTWARE: 70,
  /** Another live process owns the lock. */
  LOCKED: 73,
  /** Disk full, read-only or failing: state could not be written. */
  IO_ERROR: 74,
  /** The worker asks to be started again; the supervisor asks its own manager to start it again later. */
  RESTART: 75,
  /** Configuration, token, intents or schema that only a human can put right. */
  CONFIG: 78,
  /** Forced by a second SIGINT after the exit marker was written. */
  FORCED_SIGINT: 130,
  /** Forced by a second SIGTERM after the exit marker was written. */
  FORCED_SIGTERM: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
