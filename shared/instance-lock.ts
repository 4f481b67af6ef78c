import { readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import lockfile from 'proper-lockfile';
import { z } from 'zod';
import { makeFolder, replaceVolatileFile, writeFailure } from './atomic-file.js';
import { type Clock, systemClock } from './clock.js';
import { directFs } from './direct-fs.js';
import { errnoOf, TuxError, toError } from './errors.js';
import { ExitCode } from './exit-codes.js';
import { beaconPath, type Extinguish, knock, lightBeacon, sweepBeacons } from './lock-beacon.js';
import {
  describeThisProcess,
  formatOwner,
  isBeforeThisBoot,
  isOfOtherBoot,
  type Liveness,
  livenessOf,
  type ProcessOwner,
  processOwnerSchema,
} from './process-identity.js';
import { withMutex } from './process-mutex.js';

/** How old the heartbeat of another host's lock may be before the lock counts as abandoned. */
const STALE_MS = 15_000;
const UPDATE_MS = 5_000;
/** How late a heartbeat may be, on a network share that is slow. */
const LATE_BEAT_MS = 2_000;
/** This process, or the machine, has no descriptor or memory left. */
const OWN_WANT: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);
/** How long to wait until other contenders have looked. */
const TURN_MS = 20_000;
/**
 * How long to wait for a lock folder without an owner record. Mostly its owner is just letting go; but if it was killed
 * between the two steps, nothing tells that it is gone until the folder is stale.
 */
const HANDOVER_MS = STALE_MS + 2_000;

const lockOwnerSchema = processOwnerSchema.extend({
  /** st_dev of the lock's folder: a socket is the same one only in the same mounted file system, see stat(2). */
  device: z.number().nullable().default(null),
});
export type LockOwner = z.infer<typeof lockOwnerSchema>;

export interface LockOptions {
  /** Path of the owner record; the lock folder of proper-lockfile stands beside it as `FILE.lock`. */
  readonly file: string;
  /** Called once when the lock turns out not to be ours any more. */
  readonly onCompromised: (error: Error) => void;
  /** Called when a lock of a dead owner was taken over. */
  readonly onTakeover?: (previous: LockOwner) => void;
  /** Cuts the wait for others short. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/**
 * A lock that exactly one live process can hold. proper-lockfile gives the atomic mkdir and the heartbeat; the owner
 * record beside it says who holds it, so that a dead owner's lock is taken over at once and a live one is never stolen,
 * however long it was paused.
 */
export class InstanceLock {
  readonly owner: LockOwner;
  readonly #file: string;
  readonly #parts: LockParts;
  readonly #compromise: Compromise;
  #watch: NodeJS.Timeout | undefined;
  #released: Promise<void> | undefined;

  constructor(file: string, owner: LockOwner, parts: LockParts, compromise: Compromise) {
    this.#file = file;
    this.owner = owner;
    this.#parts = parts;
    this.#compromise = compromise;
  }

  /**
   * Looks at the record every few seconds from now on, as proper-lockfile does at the folder: a process that never asks must
   * notice, too, that somebody else is named there.
   */
  watch(): void {
    this.#watch = setInterval(() => this.isHeld(), UPDATE_MS).unref();
  }

  /** Reads the record: true while it is still ours. Cheap enough to ask before every write that needs the lock. */
  isHeld(): boolean {
    if (this.#released !== undefined || this.#compromise.happened) return false;
    try {
      const record = JSON.parse(readFileSync(this.#file, 'utf8')) as { nonce?: unknown };
      if (record.nonce === this.owner.nonce) return true;
    } catch (error) {
      // We could not look, which says nothing about the file. Any other unreadable one is the same as not ours: whoever
      // tampered with it may have started another instance.
      if (OWN_WANT.has(errnoOf(error) ?? '')) return true;
    }
    this.#compromise.report(new Error(`${this.#file} no longer names this process`));
    return false;
  }

  /** @throws TuxError TUX_LOCK_LOST (exit 73) when the lock is not ours any more. */
  assertHeld(): void {
    if (this.isHeld()) return;
    throw new TuxError('TUX_LOCK_LOST', `The lock ${this.#file} is not held by this process any more`, {
      exitCode: ExitCode.LOCKED,
      hint: 'another instance may be running; see tux-supervisor status',
    });
  }

  /** Lets go. Removes nothing that belongs to a successor. Concurrent callers share one release. */
  release(): Promise<void> {
    const held = this.isHeld();
    this.#released ??= this.#doRelease(held);
    return this.#released;
  }

  async #doRelease(held: boolean): Promise<void> {
    clearInterval(this.#watch);
    this.#compromise.disarm();
    const { releaseFolder, extinguish } = this.#parts;
    if (held) {
      await unlink(this.#file).catch(() => {});
      await releaseFolder().catch(() => {});
    }
    await extinguish?.(); // last: whoever finds our record must find the beacon lit
  }
}

/** What a lock consists of beside its record. */
interface LockParts {
  readonly releaseFolder: () => Promise<void>;
  /** Null where there is no beacon. */
  readonly extinguish: Extinguish | null;
}

/** Reports the loss of a lock once, and never after it was released. */
class Compromise {
  happened = false;
  #armed = true;
  readonly #onCompromised: (error: Error) => void;

  constructor(onCompromised: (error: Error) => void) {
    this.#onCompromised = onCompromised;
  }

  report(error: Error): void {
    if (!this.#armed || this.happened) return;
    this.happened = true;
    this.#onCompromised(error);
  }

  disarm(): void {
    this.#armed = false;
  }
}

/**
 * Takes the lock or fails at once. Dead owner (pid gone, pid reused, earlier boot) → taken over. Owner in another container of
 * this machine → its beacon decides. Owner on another host → only the age of its heartbeat decides.
 *
 * @throws TuxError TUX_LOCKED (exit 73) naming the live owner; TUX_STATE_WRITE (exit 74) when the folder is not writable;
 * the reason of `signal`.
 */
export async function acquireLock(options: LockOptions): Promise<InstanceLock> {
  const { file, signal } = options;
  const clock = options.clock ?? systemClock;
  makeFolder(dirname(file));
  await assertSilent(file, clock, signal);
  const giveUpAt = clock.monotonic() + HANDOVER_MS;
  for (;;) {
    // Nobody else may find the same owner dead while we take over from it.
    const lock = await withMutex(`${file}.mutex`, () => tryAcquire(options), { timeoutMs: TURN_MS, signal, clock });
    if (lock !== 'handing-over') return lock;
    if (clock.monotonic() > giveUpAt) throw lockedError(file, null);
    await clock.sleep(25, signal);
  }
}

/**
 * Where only the age of a heartbeat tells, and it looks stale, waits whether one comes: an age is the difference of two clocks,
 * and that of the other machine may be slow.
 */
async function assertSilent(file: string, clock: Clock, signal?: AbortSignal): Promise<void> {
  const owner = await readLockOwner(file);
  const liveness = owner && (await livenessOfOwner(file, owner));
  if (liveness !== 'other-host' && liveness !== 'other-namespace') return;
  const lastBeat = heartbeatOf(file);
  const looksStale = lastBeat > 0 && clock.now() - lastBeat > STALE_MS;
  if (!looksStale) return; // there is none to wait for, or it is refused below
  await clock.sleep(UPDATE_MS + LATE_BEAT_MS, signal);
  if (heartbeatOf(file) !== lastBeat) throw lockedError(file, owner);
}

/** The owner record of a lock file; null when there is none or it is unreadable. */
export async function readLockOwner(file: string): Promise<LockOwner | null> {
  return readRecord(file);
}

function readRecord(file: string): LockOwner | null {
  try {
    return lockOwnerSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

/**
 * Whether the owner of this lock file still runs. Of one in another container of this machine its beacon tells, if it has one
 * and we see the very same folder. One of an earlier boot cannot have given a sign of life since this one began: then it is on
 * another machine with our hostname.
 */
export async function livenessOfOwner(file: string, owner: LockOwner): Promise<Liveness> {
  const liveness = livenessOf(owner);
  if (liveness === 'dead' && isOfOtherBoot(owner)) return isBeforeThisBoot(heartbeatOf(file)) ? 'dead' : 'other-host';
  const isSameFolder = owner.device !== null && owner.device === deviceOf(file);
  if (liveness !== 'other-namespace' || !isSameFolder) return liveness;
  const beacon = await knock(beaconPath(file, owner.nonce));
  if (beacon === 'unknown') return liveness;
  return beacon === 'lit' ? 'alive' : 'dead';
}

/** Wall-clock ms; long ago when there is none. */
function heartbeatOf(file: string): number {
  return statSync(`${file}.lock`, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;
}

function deviceOf(file: string): number | null {
  return statSync(dirname(file), { throwIfNoEntry: false })?.dev ?? null;
}

async function tryAcquire(options: LockOptions): Promise<InstanceLock | 'handing-over'> {
  const { file, onTakeover } = options;
  const previous = await readLockOwner(file);
  const liveness = previous === null ? null : await livenessOfOwner(file, previous);
  if (previous !== null && liveness === 'alive') throw lockedError(file, previous);
  const isDead = liveness === 'dead';
  // Whatever its age says: the owner is known to be gone, so nobody has to wait for a heartbeat to run out.
  if (isDead) removeFolder(`${file}.lock`);

  const compromise = new Compromise(options.onCompromised);
  const owner = { ...describeThisProcess(), device: deviceOf(file) };
  let releaseFolder: () => Promise<void>;
  try {
    releaseFolder = await lockfile.lock(file, {
      realpath: false,
      stale: STALE_MS,
      update: UPDATE_MS,
      fs: { ...directFs, rmdirSync: (folder: string) => removeOwnFolder(folder, file, owner) },
      onCompromised: (error) => compromise.report(toError(error)),
    });
  } catch (cause) {
    if (errnoOf(cause) !== 'ELOCKED') throw writeFailure(file, cause);
    if (previous !== null) throw lockedError(file, previous);
    return 'handing-over';
  }
  // Before the record: who finds our name in it can ask for us.
  const extinguish = await lightBeacon(beaconPath(file, owner.nonce));
  try {
    sweepBeacons(file, owner.nonce);
    replaceVolatileFile(file, `${JSON.stringify(owner)}\n`);
    if (previous !== null) onTakeover?.(previous);
    const lock = new InstanceLock(file, owner, { releaseFolder, extinguish }, compromise);
    lock.watch();
    return lock;
  } catch (error) {
    await extinguish?.();
    await releaseFolder().catch(() => {});
    throw error;
  }
}

/** What proper-lockfile does for each lock that is not released when the process ends. By then it may be a successor's. */
function removeOwnFolder(folder: string, file: string, { nonce }: LockOwner): void {
  const named = readRecord(file);
  if (named === null || named.nonce === nonce) rmdirSync(folder);
}

/** Empty as proper-lockfile makes it; `rmSync`, which would do by itself, first loads a module of Node for a millisecond. */
function removeFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    rmSync(path, { recursive: true, force: true });
  }
}

function lockedError(file: string, owner: ProcessOwner | null): TuxError {
  const who = owner === null ? 'another process' : formatOwner(owner);
  return new TuxError('TUX_LOCKED', `Already running: ${basename(file)} is held by ${who}`, {
    exitCode: ExitCode.LOCKED,
    hint: 'see tux-supervisor status, or stop it with tux-supervisor stop',
    details: { file, owner },
  });
}
