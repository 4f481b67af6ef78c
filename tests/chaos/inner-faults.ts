/**
 * Loaded into the supervisor with `--import`, and by it into its workers: what cannot be done to a process from outside without being root.
 * The file that TUX_CHAOS_FILE names says what is wrong:
 *
 * - `Date` shows another time. What is measured with a monotonic clock is right, as when somebody sets the clock of a machine.
 * - fsync fails with EIO, after the data have been written. Whether they are on disk then, nobody knows.
 *
 * Beside it, in `….heeded`, each process says that it goes by that: a fault that nobody feels would look like one that Tux withstands.
 */
import childProcess from 'node:child_process';
import fs, { appendFileSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';

export interface InnerFaults {
  /** How far the clocks are off, in ms. */
  readonly clockOffsetMs: { readonly supervisor: number; readonly worker: number };
  readonly isSyncFailing: boolean;
}

const POLL_MS = 20;
const path = process.env.TUX_CHAOS_FILE ?? '';
const role = /\/supervisor\//.test(process.argv[1] ?? '') ? 'supervisor' : 'worker';
let offsetMs = 0;
let isSyncFailing = false;

function poll(): void {
  try {
    const faults = JSON.parse(readFileSync(path, 'utf8')) as InnerFaults;
    offsetMs = faults.clockOffsetMs[role];
    isSyncFailing = faults.isSyncFailing;
  } catch {
    // it is being written: next time
  }
}

function shiftClock(): void {
  const RealDate = Date;
  const now = () => RealDate.now() + offsetMs;
  globalThis.Date = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
    get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
  });
}

function failingSync(): Error {
  return Object.assign(new Error('EIO: i/o error, fsync'), { errno: -5, code: 'EIO', syscall: 'fsync' });
}

/** Makes every way that Node has to sync a file one that can fail. */
async function failSyncs(): Promise<void> {
  const handle = await open('/dev/null');
  const handles = Object.getPrototypeOf(handle) as Record<'sync' | 'datasync', () => Promise<void>>;
  await handle.close();
  for (const name of ['sync', 'datasync'] as const) {
    const sync = handles[name];
    handles[name] = async function syncOrFail() {
      if (isSyncFailing) throw failingSync();
      return sync.call(this);
    };
  }
  for (const name of ['fsync', 'fdatasync'] as const) {
    const sync = fs[name];
    const orFail = (fd: number, done: (error: Error | null) => void) =>
      isSyncFailing ? process.nextTick(done, failingSync()) : sync(fd, done);
    Object.assign(fs, { [name]: Object.assign(orFail, sync) });
  }
  for (const name of ['fsyncSync', 'fdatasyncSync'] as const) {
    const sync = fs[name];
    fs[name] = (fd) => {
      if (isSyncFailing) throw failingSync();
      sync(fd);
    };
  }
}

/** Loads this module into the workers as well, whose environment has no NODE_OPTIONS. */
function comeAlong(): void {
  const { spawn } = childProcess;
  const self = fileURLToPath(import.meta.url);
  childProcess.spawn = ((command: string, args: readonly string[], options: object) =>
    spawn(command, command === process.execPath ? ['--import', self, ...args] : args, options)) as typeof spawn;
}

poll();
setInterval(poll, POLL_MS).unref();
shiftClock();
await failSyncs();
comeAlong();
syncBuiltinESMExports();
appendFileSync(`${path}.heeded`, `${role} ${process.pid}\n`);
