import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../shared/clock.js';
import { ExitCode } from '../../../shared/exit-codes.js';
import {
  acquireLock,
  type InstanceLock,
  type LockOwner,
  livenessOfOwner,
  readLockOwner,
} from '../../../shared/instance-lock.js';
import { beaconPath, lightBeacon } from '../../../shared/lock-beacon.js';
import { describeThisProcess } from '../../../shared/process-identity.js';
import { darkBeacon } from '../../support/dark-beacon.js';

/** Above the largest pid that Linux gives out, so surely nobody's. */
const NOBODY = 2 ** 22 + 1;
const OTHER_BOOT = '00000000-0000-0000-0000-000000000000';
/** Before this machine was booted. */
const LONG_AGO = new Date('2000-01-01T00:00:00Z');
const SINCE_LONG_AGO_S = (Date.now() - LONG_AGO.getTime()) / 1_000;

let folder: string;
let file: string;
let held: InstanceLock[];
let compromises: Error[];
let takeovers: LockOwner[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-lock-'));
  file = join(folder, 'bot.lock');
  [held, compromises, takeovers] = [[], [], []];
});
afterEach(async () => {
  await Promise.all(held.map((lock) => lock.release()));
  await rm(folder, { recursive: true, force: true });
});

/** @param meanwhile happens in each wait, which takes no time. */
async function acquire(meanwhile = () => {}): Promise<InstanceLock> {
  const lock = await acquireLock({
    file,
    clock: { ...systemClock, sleep: async () => meanwhile() },
    onCompromised: (error) => compromises.push(error),
    onTakeover: (previous) => takeovers.push(previous),
  });
  held.push(lock);
  return lock;
}

/** Leaves a lock behind as its owner would have, with a heartbeat that old. */
function leaveLock(changes: Partial<LockOwner>, heartbeatAgeS = 0): LockOwner {
  const owner = { ...describeThisProcess(), device: statSync(folder).dev, ...changes };
  writeFileSync(file, JSON.stringify(owner));
  leaveLockFolder(heartbeatAgeS);
  return owner;
}

function leaveLockFolder(heartbeatAgeS: number): void {
  mkdirSync(`${file}.lock`);
  const beat = Date.now() / 1_000 - heartbeatAgeS;
  utimesSync(`${file}.lock`, beat, beat);
}

describe('instance lock', () => {
  it('says who holds it, and leaves nothing behind when it is released', async () => {
    const lock = await acquire();
    expect(await readLockOwner(file)).toEqual(lock.owner);
    expect(lock.owner.pid).toBe(process.pid);
    expect(lock.isHeld()).toBe(true);
    expect(() => lock.assertHeld()).not.toThrow();
    await lock.release();
    expect(lock.isHeld()).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
    await acquire();
    expect(takeovers).toEqual([]);
    expect(compromises).toEqual([]);
  });

  it('makes the state folder when there is none yet', async () => {
    file = join(folder, 'state', 'bot.lock');
    expect((await acquire()).isHeld()).toBe(true);
  });

  it('fails at once with the name of the live owner', async () => {
    const { owner } = await acquire();
    await expect(acquire()).rejects.toMatchObject({
      code: 'TUX_LOCKED',
      exitCode: ExitCode.LOCKED,
      message: `Already running: bot.lock is held by pid ${process.pid} on ${owner.hostname} since ${owner.createdAt}`,
    });
  });

  it('goes to exactly one of many who ask at once', async () => {
    const results = await Promise.allSettled(Array.from({ length: 10 }, acquire));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'TUX_LOCKED' });
    }
  });

  it.each([
    ['whose owner has died', { pid: NOBODY }],
    ['whose pid was reused', { startTicks: 1 }],
  ])('of this host %s is taken over at once, however fresh its heartbeat', async (_, changes) => {
    const previous = leaveLock(changes);
    const lock = await acquire();
    expect(lock.isHeld()).toBe(true);
    expect(takeovers).toEqual([previous]);
  });

  it('of this host from before the last boot is taken over', async () => {
    const previous = leaveLock({ bootId: OTHER_BOOT, createdAt: LONG_AGO.toISOString() }, SINCE_LONG_AGO_S);
    expect(await livenessOfOwner(file, previous)).toBe('dead');
    await acquire();
    expect(takeovers).toEqual([previous]);
  });

  it.each([
    ['began', {}],
    ['goes on', { createdAt: LONG_AGO.toISOString() }],
  ])('of another host with our hostname that %s after our boot is left alone', async (_, changes) => {
    leaveLock({ bootId: OTHER_BOOT, ...changes });
    await expect(acquire()).rejects.toMatchObject({ code: 'TUX_LOCKED' });
    expect(takeovers).toEqual([]);
  });

  it('is never taken from a live owner, however old its heartbeat: it may only be paused', async () => {
    leaveLock({}, 3_600);
    await expect(acquire()).rejects.toMatchObject({ code: 'TUX_LOCKED' });
  });

  it('of another container is never taken from a live owner, however old its heartbeat', async () => {
    const { nonce } = leaveLock({ pidNamespace: 'pid:[1]', hostname: 'container' }, 3_600);
    const extinguish = await lightBeacon(beaconPath(file, nonce));
    await expect(acquire()).rejects.toThrow('on container since');
    await extinguish?.();
  });

  it.each([
    ['the same hostname', { pidNamespace: 'pid:[1]' }],
    ['another hostname', { pidNamespace: 'pid:[1]', hostname: 'container' }],
    ['another hostname and, by chance, the same namespace', { hostname: 'container' }],
  ])(
    'of another container with %s that was killed is taken over at once, however fresh its heartbeat',
    async (_, changes) => {
      const previous = leaveLock(changes);
      await darkBeacon(beaconPath(file, previous.nonce));
      const { owner } = await acquire();
      expect(takeovers).toEqual([previous]);
      expect(readdirSync(folder)).toEqual(['bot.lock', `bot.lock.${owner.nonce}.sock`, 'bot.lock.lock']);
    },
  );

  it.each([
    ['left alone while its heartbeat is fresh', 5],
    ['taken over when its heartbeat has stopped', 60],
  ])('of another container on a file system without sockets is %s', async (_, age) => {
    leaveLock({ pidNamespace: 'pid:[1]' }, age);
    const isTaken = await acquire().then(
      () => true,
      () => false,
    );
    expect(isTaken).toBe(age > 15);
  });

  it('of another container that has the folder from another mount is left alone while its heartbeat is fresh', async () => {
    const { nonce } = leaveLock({ pidNamespace: 'pid:[1]', device: statSync(folder).dev + 1 });
    await darkBeacon(beaconPath(file, nonce)); // so it looks from here, although its owner may listen
    await expect(acquire()).rejects.toMatchObject({ code: 'TUX_LOCKED' });
  });

  it('of another host is left alone while its heartbeat is fresh', async () => {
    leaveLock({ hostname: 'elsewhere', pid: NOBODY, bootId: 'another' }, 5);
    await expect(acquire()).rejects.toThrow(`pid ${NOBODY} on elsewhere`);
  });

  it('of another host whose clock is slow is left alone while its heartbeat goes on', async () => {
    leaveLock({ hostname: 'elsewhere', bootId: 'another' }, 60);
    const beat = () => utimesSync(`${file}.lock`, new Date(), new Date(Date.now() - 55_000));
    await expect(acquire(beat)).rejects.toThrow('on elsewhere');
    expect(takeovers).toEqual([]);
  });

  it('of another host is taken over when its heartbeat has stopped', async () => {
    const previous = leaveLock({ hostname: 'elsewhere', bootId: 'another' }, 60);
    await acquire();
    expect(takeovers).toEqual([previous]);
  });

  it.each([
    ['no', undefined],
    ['an unreadable', '{"pid":'],
  ])('with %s owner record is taken when its heartbeat has stopped', async (_, record) => {
    if (record !== undefined) await writeFile(file, record);
    leaveLockFolder(60);
    expect((await acquire()).isHeld()).toBe(true);
  });

  it('that somebody else took is lost: reported once, and not removed by our release', async () => {
    const lock = await acquire();
    const successor = JSON.stringify({ ...describeThisProcess(), pid: 1 });
    await writeFile(file, successor);
    expect([lock.isHeld(), lock.isHeld()]).toEqual([false, false]);
    expect(() => lock.assertHeld()).toThrow(expect.objectContaining({ code: 'TUX_LOCK_LOST', exitCode: 73 }));
    expect(compromises).toHaveLength(1);
    await lock.release();
    expect(await readFile(file, 'utf8')).toBe(successor);
    expect(readdirSync(folder)).toContain('bot.lock.lock');
  });

  it('whose record was removed is lost', async () => {
    const lock = await acquire();
    await rm(file);
    expect(lock.isHeld()).toBe(false);
    expect(compromises[0]?.message).toContain('no longer names this process');
  });

  it('is released once, whoever asks how often, and is not reported as lost afterwards', async () => {
    const lock = await acquire();
    const first = lock.release();
    expect(lock.release()).toBe(first);
    await first;
    expect(lock.isHeld()).toBe(false);
    expect(compromises).toEqual([]);
  });

  it('says what to do when the folder cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    file = join(folder, 'file', 'bot.lock');
    await expect(acquire()).rejects.toMatchObject({ code: 'TUX_STATE_WRITE', exitCode: ExitCode.IO_ERROR });
  });
});
