import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SharedPostgres } from '../support/shared-postgres.js';
import { TuxRig } from '../support/tux-rig.js';

let postgres: SharedPostgres;
let rig: TuxRig;
beforeAll(async () => {
  postgres = await SharedPostgres.join();
  rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
});
afterAll(async () => {
  await rig?.dispose();
  await postgres?.leave();
});

/** From now on the process may have so many descriptors open. */
function limitDescriptors(pid: number, limit: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${limit}:`]);
}

it('a machine that cannot start one more process costs failed starts, and Tux comes up when it can', async () => {
  const supervisor = await rig.startReady();
  const { log } = supervisor;
  limitDescriptors(supervisor.pid, readdirSync(`/proc/${supervisor.pid}/fd`).length - 6); // those of the worker become free
  process.kill(supervisor.workerPid, 'SIGKILL');
  const failed = await log.waitFor('worker:ended', (line) => line.class === 'failed-start');
  expect(failed).toMatchObject({ pid: 0, code: null, reason: expect.stringMatching(/^Cannot start .* — the machine/) });
  const from = log.lines.length;
  limitDescriptors(supervisor.pid, 1_024);
  await supervisor.ready(from);
  expect((await rig.ask('$ping')).content).toMatch(/Pong/);
  const { identifies, resumes, maxLiveSessions } = rig.sandbox.recorder.counters;
  // The first worker may have been killed before its session was on disk, or after.
  expect({ begunOrResumed: identifies + resumes, maxLiveSessions }).toEqual({ begunOrResumed: 2, maxLiveSessions: 1 });
});
