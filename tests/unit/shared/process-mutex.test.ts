import { lutimesSync, readdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import promises, { mkdtemp, rm, symlink, unlink } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ExitCode } from '../../../shared/exit-codes.js';
import { describeThisProcess, type ProcessOwner } from '../../../shared/process-identity.js';
import { withMutex } from '../../../shared/process-mutex.js';

/** Lets a test act as another process in the instant before a ticket is made, and records which tickets are removed. */
const between = { beforeSymlink: (_path: string) => {}, unlinked: [] as string[] };
const original = { symlink, unlink };

/** For every module: each of them has its own name for the same function. */
function replaceInNode(functions: Partial<typeof promises>): void {
  Object.assign(promises, functions);
  syncBuiltinESMExports();
}

beforeAll(() =>
  replaceInNode({
    symlink: async (target, path) => {
      between.beforeSymlink(String(path));
      await original.symlink(target, path);
    },
    unlink: async (path) => {
      between.unlinked.push(String(path));
      await original.unlink(path);
    },
  }),
);
afterAll(() => replaceInNode(original));

const DEAD = { startTicks: 1 };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-mutex-'));
  path = join(folder, 'mutex');
});
afterEach(() => {
  between.beforeSymlink = () => {};
  between.unlinked = [];
  return rm(folder, { recursive: true, force: true });
});

function leaveTicket(ticketPath: string, changes: Partial<ProcessOwner>): ProcessOwner {
  const owner = { ...describeThisProcess(), ...changes };
  symlinkSync(JSON.stringify(owner), ticketPath);
  return owner;
}

const enter = () => withMutex(path, async () => readdirSync(folder), { timeoutMs: 0 });

describe('process mutex', () => {
  it('hands on the result of the work and leaves nothing behind', async () => {
    expect(await enter()).toEqual(['mutex']);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('hands on the failure of the work and leaves nothing behind', async () => {
    await expect(withMutex(path, () => Promise.reject(new Error('boom')), { timeoutMs: 0 })).rejects.toThrow('boom');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('lets callers of one process in one after the other', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise(setImmediate);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 10 }, () => withMutex(path, work, { timeoutMs: 10_000 })));
    expect(most).toBe(1);
  });

  it('queues up behind a process that died inside, and then clears the queue', async () => {
    const dead = leaveTicket(path, DEAD);
    expect(await enter()).toEqual(['mutex', `mutex.after.${dead.nonce}`]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('queues up behind any number of processes that died inside', async () => {
    const first = leaveTicket(path, DEAD);
    const second = leaveTicket(`${path}.after.${first.nonce}`, DEAD);
    leaveTicket(`${path}.after.${second.nonce}`, DEAD);
    expect(await enter()).toHaveLength(4);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('clears the queue from the front, so that latecomers notice', async () => {
    const dead = leaveTicket(path, DEAD);
    await enter();
    expect(between.unlinked).toEqual([path, `${path}.after.${dead.nonce}`]);
  });

  it('starts over when another process did its work and cleared the queue in the meantime', async () => {
    const dead = leaveTicket(path, DEAD);
    const behind = `${path}.after.${dead.nonce}`;
    between.beforeSymlink = (ticketPath) => {
      if (ticketPath === behind) unlinkSync(path);
    };
    const entered = await withMutex(path, async () => readdirSync(folder), { timeoutMs: 1_000 });
    expect(entered).toEqual(['mutex']);
  });

  it('does not push in when another process cleared the queue and has the turn itself', async () => {
    const dead = leaveTicket(path, DEAD);
    between.beforeSymlink = (ticketPath) => {
      if (ticketPath !== `${path}.after.${dead.nonce}`) return;
      unlinkSync(path);
      leaveTicket(path, {});
    };
    await expect(enter()).rejects.toMatchObject({ code: 'TUX_LOCKED' });
    expect(readdirSync(folder)).toEqual(['mutex']);
  });

  it('waits for the live process at the end of the queue', async () => {
    const dead = leaveTicket(path, DEAD);
    leaveTicket(`${path}.after.${dead.nonce}`, {});
    await expect(enter()).rejects.toMatchObject({ code: 'TUX_LOCKED', exitCode: ExitCode.LOCKED });
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('is not irritated by the rest of a queue that a process did not finish clearing', async () => {
    leaveTicket(`${path}.after.01ABC`, DEAD);
    expect(await enter()).toContain('mutex');
  });

  it('never takes the turn of a live process', async () => {
    leaveTicket(path, {});
    await expect(enter()).rejects.toThrow(`is kept by pid ${process.pid}`);
    expect(readlinkSync(path)).toContain(`"pid":${process.pid}`);
  });

  it.each([
    ['on another host', { hostname: 'elsewhere', bootId: 'another' }],
    ['in another container', { hostname: 'elsewhere', pidNamespace: 'pid:[1]' }],
  ])('goes by the age of the ticket when its owner is %s', async (_, changes) => {
    leaveTicket(path, changes);
    await expect(enter()).rejects.toThrow('on elsewhere');
    const minuteAgo = Date.now() / 1_000 - 60;
    lutimesSync(path, minuteAgo, minuteAgo);
    expect(await enter()).toHaveLength(2);
  });

  it('leaves alone what is no ticket', async () => {
    symlinkSync('somewhere', path);
    await expect(enter()).rejects.toThrow('is kept by another process');
    expect(readlinkSync(path)).toBe('somewhere');
  });

  it('says what to do when the folder is not there', async () => {
    path = join(folder, 'missing', 'mutex');
    await expect(enter()).rejects.toMatchObject({ code: 'TUX_STATE_WRITE' });
  });
});
