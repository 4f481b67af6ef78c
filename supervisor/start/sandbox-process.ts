import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { z } from 'zod';
import { deadline } from '../../shared/deadline.js';
import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { uniqueId } from '../../shared/unique-id.js';
import { RUN_ID_VARIABLE } from '../worker/process-group.js';

const START_LIMIT_MS = 15_000;
/** It writes its world down, which a busy disk can draw out. */
const STOP_LIMIT_MS = 15_000;

/** The line that the sandbox prints when it listens. */
const addressSchema = z.object({ apiUrl: z.url(), controlUrl: z.url(), pid: z.number() });

/** The local Discord that runs beside the worker, as a child of the supervisor. */
export interface SandboxProcess {
  readonly apiUrl: string;
  readonly controlUrl: string;
  readonly pid: number;
  /** Settles when it has ended, asked or not. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the local Discord beside the worker. It holds our end of its stdin: when the supervisor dies it notices, lets the
 * orphaned bot say good-bye, and ends.
 *
 * @throws TuxError TUX_SANDBOX (exit 69) when it does not come up.
 */
export async function startSandbox(
  options: { program: string; dataFile: string; lockFile: string },
  signal: AbortSignal,
): Promise<SandboxProcess> {
  const { program, dataFile, lockFile } = options;
  const child = execa(process.execPath, ['--enable-source-maps', program, '--data', dataFile, '--lock', lockFile], {
    env: { [RUN_ID_VARIABLE]: `sandbox-${uniqueId()}` }, // a later supervisor recognises it by this, as it does a worker
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
    detached: true, // the terminal's Ctrl-C must not take Discord away before the bot has logged out
    cleanup: false,
    buffer: false,
    reject: false,
  });
  const exited = child.then(() => {});
  const stop = async () => {
    child.kill('SIGTERM');
    await deadline('stopping the sandbox', STOP_LIMIT_MS, () => exited).catch(() => {
      child.kill('SIGKILL');
      return exited;
    });
  };
  try {
    const address = await deadline('starting the sandbox', START_LIMIT_MS, () => readAddress(child), signal);
    return { ...address, exited, stop };
  } catch (cause) {
    await stop();
    if (signal.aborted) throw cause;
    throw new TuxError('TUX_SANDBOX', 'The sandbox did not start', {
      cause,
      exitCode: ExitCode.UNAVAILABLE,
      hint: 'see what it printed above, or start without --sandbox',
    });
  }
}

async function readAddress(child: { stdout: NodeJS.ReadableStream }): Promise<z.infer<typeof addressSchema>> {
  const lines = createInterface({ input: child.stdout });
  try {
    for await (const line of lines) return addressSchema.parse(JSON.parse(line));
    throw new Error('it ended without a word');
  } finally {
    lines.close();
    child.stdout.resume(); // what it prints later is of no interest, but must not fill the pipe
  }
}
