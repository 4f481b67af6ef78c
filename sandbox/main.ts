import { fstatSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { deadline } from '../shared/deadline.js';
import { describeError, exitCodeOf } from '../shared/errors.js';
import { ExitCode } from '../shared/exit-codes.js';
import { acquireLock } from '../shared/instance-lock.js';
import { type Sandbox, startSandbox } from './sandbox.js';

/** A bot whose supervisor died has this long to say good-bye before the sandbox goes as well. */
const FAREWELL_LIMIT_MS = 20_000;

const USAGE = 'usage: node dist/sandbox/main.js [--port N] [--data FILE] [--lock FILE]';

/** `node dist/sandbox/main.js`: runs a sandbox until a signal, or until the process that started it is gone. */
async function main(): Promise<void> {
  const { lockFile, ...options } = readOptions();
  // Its owner record lets a later supervisor find a sandbox that outlived its own.
  const lock = lockFile === undefined ? undefined : await acquireLock({ file: lockFile, onCompromised: () => {} });
  const sandbox = await startSandbox(options);
  process.stdout.on('error', () => {}); // the reader of the addresses may be gone by now
  const { apiUrl, controlUrl } = sandbox;
  process.stdout.write(`${JSON.stringify({ apiUrl, controlUrl, pid: process.pid })}\n`);
  await Promise.race([signalled(), parentGone().then(() => farewell(sandbox))]);
  await sandbox.close();
  await lock?.release();
  process.exit(ExitCode.OK);
}

function readOptions(): { port: number; dataFile?: string; lockFile?: string } {
  try {
    const { values } = parseArgs({
      options: { port: { type: 'string', default: '0' }, data: { type: 'string' }, lock: { type: 'string' } },
    });
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw new RangeError(`--port: '${values.port}' is not a port`);
    return {
      port,
      ...(values.data !== undefined && { dataFile: values.data }),
      ...(values.lock !== undefined && { lockFile: values.lock }),
    };
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n${USAGE}\n`);
    process.exit(ExitCode.USAGE);
  }
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}

/** Resolves when the IPC channel or the stdin pipe of the parent closes; never when there is neither. */
function parentGone(): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.once('disconnect', () => resolve());
    if (!isStdinPiped()) return;
    process.stdin.on('error', () => resolve());
    process.stdin.once('end', () => resolve());
    process.stdin.resume();
  });
}

/** A terminal, a file or /dev/null as stdin says nothing about a parent. */
function isStdinPiped(): boolean {
  try {
    const stdin = fstatSync(0);
    return stdin.isFIFO() || stdin.isSocket();
  } catch {
    return false; // started with stdin closed
  }
}

async function farewell(sandbox: Sandbox): Promise<void> {
  await deadline('the farewell of the bot', FAREWELL_LIMIT_MS, () => sandbox.gateway.whenEmpty()).catch(() => {});
}

main().catch((error: unknown) => {
  process.stderr.write(`❌ sandbox: ${describeError(error)}\n`);
  process.exit(exitCodeOf(error));
});
