import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TuxError } from '../../../../../shared/errors.js';
import { describeThisProcess, readProcStat } from '../../../../../shared/process-identity.js';
import { supervisorLockCheck } from '../../../../../supervisor/doctor/checks/supervisor-lock.js';
import { workerLockCheck } from '../../../../../supervisor/doctor/checks/worker-lock.js';
import type { DoctorContext } from '../../../../../supervisor/doctor/context.js';
import { doctorContext, noSignal } from '../../../../support/doctor-context.js';
import { fakeStatus, fakeWorker } from '../../../../support/fake-status.js';

let folder: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-doctor-'));
  mkdirSync(join(folder, 'state'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

const notRunning = new TuxError('TUX_NOT_RUNNING', 'nobody');
const context = (more: Partial<DoctorContext> = {}) => doctorContext(folder, { statusProblem: notRunning, ...more });
const supervisor = (more?: Partial<DoctorContext>) => supervisorLockCheck.run(context(more), noSignal);
const worker = (more?: Partial<DoctorContext>) => workerLockCheck.run(context(more), noSignal);

const self = describeThisProcess();
const dead = { ...self, startTicks: 1 };
const elsewhere = { ...self, hostname: 'host-b' };
function write(name: 'supervisor' | 'bot', owner: object): void {
  writeFileSync(join(folder, 'state', `${name}.lock`), JSON.stringify(owner));
}

/** A process that holds the lock of the bot. @returns its pid. */
async function bot(env: Record<string, string>): Promise<number> {
  const child = spawn('sleep', ['60'], { env: { PATH: process.env.PATH ?? '', ...env } });
  children.push(child);
  await once(child, 'spawn');
  const { pid = 0 } = child;
  write('bot', { ...self, pid, startTicks: readProcStat(pid)?.startTicks ?? null });
  return pid;
}

it('locks of another user are not looked at', async () => {
  const statusProblem = new TuxError('TUX_NOT_ALLOWED', 'not yours');
  const seen = { status: 'skipped', summary: 'no permission to look' };
  expect([await supervisor({ statusProblem }), await worker({ statusProblem })]).toEqual([seen, seen]);
});

describe('the supervisor’s lock', () => {
  it('is free', async () => {
    expect(await supervisor()).toEqual({ status: 'ok', summary: 'none runs, the lock is free' });
  });

  it('is taken over from one that is gone', async () => {
    write('supervisor', dead);
    expect(await supervisor()).toMatchObject({
      status: 'ok',
      summary: expect.stringMatching(/^none runs; the lock of pid .* the next start takes it over$/),
    });
  });

  it('names another machine', async () => {
    write('supervisor', elsewhere);
    expect(await supervisor()).toMatchObject({ status: 'warn', fix: expect.stringContaining('stop it on host-b') });
  });

  it('fails for one that lives and does not answer, with what can be done', async () => {
    write('supervisor', self);
    const statusProblem = new TuxError('TUX_NO_ANSWER', 'it is paused', { hint: 'kill -CONT 1' });
    expect(await supervisor({ statusProblem })).toEqual({
      status: 'fail',
      summary: 'it is paused',
      fix: 'kill -CONT 1',
    });
  });

  it.each([
    [{}, 'ok', /^pid 100 since \S+, RUNNING, ready$/],
    [
      { state: 'HELD', ready: false, hold: { reason: '5 crashes', until: '2026-01-01T00:00:00Z' } },
      'warn',
      /restarts are held, 5 crashes$/,
    ],
    [{ state: 'BACKOFF', ready: false }, 'warn', /waits before it starts Tux again$/],
    [{ worker: fakeWorker({ degraded: true }) }, 'warn', /DEGRADED$/],
    [
      { ready: false, readiness: { ready: false, problems: ['the gateway is silent'] } },
      'warn',
      /not ready: the gateway is silent$/,
    ],
    [{ state: 'STARTING', ready: false }, 'ok', /STARTING$/],
  ] as const)('tells how the one that runs fares: %j', async (more, status, summary) => {
    const report = fakeStatus(more as Partial<ReturnType<typeof fakeStatus>>);
    expect(await supervisor({ status: report })).toMatchObject({ status, summary: expect.stringMatching(summary) });
  });
});

describe('the worker’s lock', () => {
  it('is free, or that of one that is gone', async () => {
    expect(await worker()).toMatchObject({ status: 'ok', summary: 'none is left over, the lock is free' });
    write('bot', dead);
    expect(await worker()).toMatchObject({ status: 'ok', summary: expect.stringContaining('takes over the lock of') });
    write('bot', elsewhere);
    expect(await worker()).toMatchObject({ status: 'warn' });
  });

  it('is that of another container, whose pid is that of somebody else here', async () => {
    write('bot', { ...self, pidNamespace: 'pid:[1]' });
    expect(await worker()).toMatchObject({ status: 'warn', fix: expect.stringMatching(/^stop it on /) });
  });

  it('is that of the worker of the supervisor that runs, also while that does not answer', async () => {
    const pid = await bot({});
    expect(await worker({ status: fakeStatus({ worker: fakeWorker({ pid }) }) })).toMatchObject({
      status: 'ok',
      summary: expect.stringContaining('under its supervisor'),
    });
    const statusProblem = new TuxError('TUX_NO_ANSWER', 'it is paused');
    expect(await worker({ statusProblem })).toMatchObject({ status: 'ok' });
  });

  it('is that of one that its supervisor left behind', async () => {
    await bot({ TUX_RUN_ID: 'RUN' });
    expect(await worker()).toMatchObject({
      status: 'warn',
      summary: expect.stringContaining('left over from a supervisor that is gone'),
    });
  });

  it('is that of one that runs alone, which keeps a supervisor from starting', async () => {
    const pid = await bot({});
    expect(await worker()).toMatchObject({ status: 'warn', fix: `kill ${pid}` });
  });
});
