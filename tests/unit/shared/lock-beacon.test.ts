import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beaconPath, knock, lightBeacon, sweepBeacons } from '../../../shared/lock-beacon.js';
import { darkBeacon } from '../../support/dark-beacon.js';

/** Listens there as an owner does. */
const OWNER = 'require("net").createServer().listen(process.argv[1], () => console.log("lit"))';

let folder: string;
let lockFile: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-beacon-'));
  lockFile = join(folder, 'bot.lock');
  path = beaconPath(lockFile, 'NONCE');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the beacon of a lock', () => {
  it('is lit until its owner puts it out, and leaves nothing behind', async () => {
    const extinguish = await lightBeacon(path);
    expect([await knock(path), await knock(path)]).toEqual(['lit', 'lit']);
    await extinguish?.();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is lit while its owner is paused, and dark once that was killed', async () => {
    const owner = spawn(process.execPath, ['-e', OWNER, path]);
    try {
      await once(owner.stdout, 'data');
      owner.kill('SIGSTOP');
      expect(await knock(path)).toBe('lit');
    } finally {
      owner.kill('SIGKILL');
      await once(owner, 'exit');
    }
    expect(await knock(path)).toBe('dark');
    expect(readdirSync(folder)).toEqual(['bot.lock.NONCE.sock']);
  });

  it('says nothing where there is none', async () => {
    expect(await knock(path)).toBe('unknown');
    expect(await knock(join(folder, 'missing', 'sock'))).toBe('unknown');
  });

  it('is left out where its path is too long for a socket, or its folder cannot hold one', async () => {
    expect(await lightBeacon(join(folder, 'x'.repeat(108)))).toBeNull();
    expect(await lightBeacon(join(folder, 'missing', 'sock'))).toBeNull();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('does not put out that of a successor, whatever its owner still does', async () => {
    const extinguish = await lightBeacon(path);
    const successor = beaconPath(lockFile, 'NEXT');
    const putOut = await lightBeacon(successor);
    sweepBeacons(lockFile, 'NEXT');
    await extinguish?.();
    expect(await knock(successor)).toBe('lit');
    await putOut?.();
  });

  it('is swept away with those of all dead owners of the same lock, and with nothing else', async () => {
    await darkBeacon(path);
    await darkBeacon(beaconPath(join(folder, 'supervisor.lock'), 'OTHER'));
    writeFileSync(join(folder, 'bot.lock.json'), '');
    sweepBeacons(lockFile, 'OWN');
    expect(readdirSync(folder)).toEqual(['bot.lock.json', 'supervisor.lock.OTHER.sock']);
  });
});
