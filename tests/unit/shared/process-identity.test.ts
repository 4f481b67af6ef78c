import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  describeThisProcess,
  formatOwner,
  isPidAlive,
  livenessOf,
  processOwnerSchema,
  readExePath,
  readProcStat,
} from '../../../shared/process-identity.js';

const hasProc = existsSync('/proc/self/stat');
/** Before this machine was booted. */
const LONG_AGO = new Date('2000-01-01T00:00:00Z');

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}

afterEach(() => vi.restoreAllMocks());

describe('process identity', () => {
  it('describes the calling process in a form that its schema accepts', () => {
    const owner = describeThisProcess(new Date('2026-01-01T00:00:00Z'));
    expect(processOwnerSchema.parse(JSON.parse(JSON.stringify(owner)))).toEqual(owner);
    expect(owner).toMatchObject({ pid: process.pid, hostname: hostname(), createdAt: '2026-01-01T00:00:00.000Z' });
    expect(describeThisProcess().nonce).not.toBe(describeThisProcess().nonce);
  });

  it('finds itself alive', () => {
    expect(isPidAlive(process.pid)).toBe(true);
    expect(livenessOf(describeThisProcess())).toBe('alive');
  });

  it('counts a process of another user as alive', () => {
    expect(isPidAlive(1)).toBe(true);
  });

  it('finds a process that has ended dead', async () => {
    const pid = await deadPid();
    expect(isPidAlive(pid)).toBe(false);
    expect(livenessOf({ ...describeThisProcess(), pid })).toBe('dead');
    expect(readProcStat(pid)).toBeNull();
    expect(readExePath(pid)).toBeUndefined();
  });

  it.runIf(hasProc)('takes a pid that started at another tick for a reused one', () => {
    const owner = describeThisProcess();
    expect(livenessOf({ ...owner, startTicks: (owner.startTicks ?? 0) - 1 })).toBe('dead');
  });

  it.runIf(hasProc)('takes a record of another boot for dead although its pid lives', () => {
    const owner = describeThisProcess(LONG_AGO);
    expect(livenessOf({ ...owner, bootId: '00000000-0000-0000-0000-000000000000' })).toBe('dead');
  });

  it.runIf(hasProc)('says nothing about a machine with our hostname on which something began after our boot', () => {
    const owner = describeThisProcess();
    expect(livenessOf({ ...owner, bootId: '00000000-0000-0000-0000-000000000000' })).toBe('other-host');
  });

  it('does without ticks and boot id where there is no /proc', () => {
    expect(livenessOf({ ...describeThisProcess(), startTicks: null, bootId: null })).toBe('alive');
  });

  it('sees that a process has died that is reaped while it looks', async () => {
    const pid = await deadPid();
    vi.spyOn(process, 'kill').mockReturnValueOnce(true); // a zombie exists; then there is nothing below /proc any more
    expect(isPidAlive(pid)).toBe(false);
    vi.mocked(process.kill).mockReturnValueOnce(true);
    expect(livenessOf({ ...describeThisProcess(), pid })).toBe('dead');
  });

  it.runIf(hasProc)('says nothing about a process of another container, although its pid lives here', () => {
    expect(livenessOf({ ...describeThisProcess(), pidNamespace: 'pid:[1]' })).toBe('other-namespace');
    expect(livenessOf({ ...describeThisProcess(), pidNamespace: 'pid:[1]', hostname: 'elsewhere' })).toBe(
      'other-namespace',
    );
  });

  it.runIf(hasProc)('says nothing about a container whose namespace had the number that ours has', () => {
    expect(livenessOf({ ...describeThisProcess(), hostname: 'container' })).toBe('other-namespace');
  });

  it.runIf(hasProc)('takes a container of before the last boot for dead', () => {
    const owner = { ...describeThisProcess(LONG_AGO), pidNamespace: 'pid:[1]' };
    expect(livenessOf({ ...owner, bootId: '00000000-0000-0000-0000-000000000000' })).toBe('dead');
  });

  it('reads a record of before there were namespaces in it', () => {
    const { pidNamespace: _, ...old } = describeThisProcess();
    expect(processOwnerSchema.parse(old)).toEqual({ ...old, pidNamespace: null });
    expect(livenessOf(processOwnerSchema.parse(old))).toBe('alive');
  });

  it('says nothing about a process of another host', async () => {
    const owner = { ...describeThisProcess(), hostname: 'elsewhere', pid: await deadPid() };
    expect(livenessOf({ ...owner, bootId: '00000000-0000-0000-0000-000000000000' })).toBe('other-host');
    expect(livenessOf({ ...owner, bootId: null })).toBe('other-host');
  });

  it.runIf(hasProc)('reads the fields behind a command with spaces and brackets', async () => {
    const child = spawn(process.execPath, [
      '-e',
      'process.title = ") R 1 (x"; console.log(1); setInterval(() => {}, 1e6)',
    ]);
    try {
      await once(child.stdout, 'data');
      const stat = readProcStat(child.pid ?? 0);
      expect(stat?.startTicks).toBeGreaterThan(0);
      expect(stat?.processGroup).toBe(readProcStat(process.pid)?.processGroup);
      expect(readExePath(child.pid ?? 0)).toBe(readExePath(process.pid));
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  it('names an owner for people', () => {
    const owner = { ...describeThisProcess(new Date('2026-01-01T00:00:00Z')), pid: 4711, hostname: 'host-a' };
    expect(formatOwner(owner)).toBe('pid 4711 on host-a since 2026-01-01T00:00:00.000Z');
  });
});
