import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { effectKeyOf } from '../../bot/scheduling/job.js';
import { JobQueue } from '../../bot/scheduling/job-queue.js';
import { systemClock } from '../../shared/clock.js';
import { silentLogger } from '../../shared/logging/logger.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/children/enqueues-for-ever.mjs', import.meta.url));
const KILLS = 15;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-kill-'));
  await mkdir(join(folder, 'effects'));
});

afterEach(() => rm(folder, { recursive: true }));

/** Runs the program until it has acknowledged `count` jobs, then kills it. @returns the ids that got through. */
async function acknowledgedBeforeKill(count: number): Promise<string[]> {
  const child = spawn(process.execPath, [FIXTURE, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const ids: string[] = [];
  for await (const id of createInterface({ input: child.stdout })) {
    ids.push(id);
    if (ids.length === count) child.kill('SIGKILL');
  }
  await closed;
  expect(child.signalCode, 'it ended because it was killed').toBe('SIGKILL');
  return ids;
}

// Fifteen processes, one after the other: seconds, and many times that where all cores are busy.
it('loses no acknowledged job however often the process is killed', { timeout: 120_000 }, async () => {
  const acknowledged: string[] = [];
  for (let kill = 1; kill <= KILLS; kill += 1) acknowledged.push(...(await acknowledgedBeforeKill((kill * 37) % 101)));
  expect(acknowledged.length).toBeGreaterThan(KILLS * 10);

  const effects = new Set(await readdir(join(folder, 'effects')));
  const queue = new JobQueue({
    snapshotPath: join(folder, 'queue-cache.json'),
    journalPath: join(folder, 'queue-cache.journal'),
    runId: 'survivor',
    clock: systemClock,
    log: silentLogger(),
  });
  queue.register({
    name: 'touch',
    payload: z.null(),
    idempotent: true,
    run: async ({ effectKey }) => void effects.add(effectKey),
  });
  const report = await queue.open();
  expect(report).toMatchObject({ held: 0, rejected: {} });
  queue.start();
  await vi.waitFor(() => expect(queue.depth).toBe(0), { timeout: 60_000 });
  await queue.dispose();
  expect(acknowledged.filter((id) => !effects.has(effectKeyOf(id)))).toEqual([]);
});
