import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobQueue } from '../bot/scheduling/job-queue.js';
import { newQueue, REQUEST, writeWaitingJobs } from './support/jobs.js';
import { printTable, type Reference, type Row } from './support/report.js';
import { median } from './support/statistics.js';
import { inTemporaryFolder } from './support/temporary-folder.js';

// What one more job costs while so many wait already: it must not depend on them. Usage: npm run bench queue-depth

const DEPTHS = [1_000, 10_000, 100_000, 1_000_000];
const AT_ONCE = 100;
const ROUNDS = 60;

interface Depth {
  readonly depth: number;
  readonly queue: JobQueue;
  /** µs a job, of each round. */
  readonly costs: number[];
}

await inTemporaryFolder(async (folder) => {
  const depths: Depth[] = [];
  try {
    for (const depth of DEPTHS)
      depths.push({ depth, queue: await queueWith(join(folder, String(depth)), depth), costs: [] });
    for (let round = 0; round < 2 * ROUNDS; round += 1) {
      for (const { queue, costs } of depths) costs.push(await costOfOne(queue)); // in turns: what else the machine does changes
    }
  } finally {
    for (const { queue } of depths) await queue.dispose();
  }
  const cost = ({ costs }: Depth) => median(costs.slice(ROUNDS)); // those before are the warm-up
  const flat = depths
    .slice(0, 1)
    .map((first): Reference => ({ name: 'with 1,000', value: cost(first), kind: 'limit' }));
  const rows = depths.map((one, n): Row => {
    const what = `${one.depth.toLocaleString('en-US')} wait`;
    return { what, value: cost(one), unit: 'µs', references: n === 0 ? [] : flat };
  });
  printTable(`queue-depth: what one durable job costs, ${AT_ONCE} at once`, rows);
});

async function queueWith(folder: string, waiting: number): Promise<JobQueue> {
  await mkdir(folder);
  await writeWaitingJobs(folder, waiting);
  const queue = newQueue(folder);
  await queue.open();
  return queue;
}

/** What one job costs when so many are enqueued at once, in µs. */
async function costOfOne(queue: JobQueue): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, () => queue.enqueue(REQUEST)));
  return ((performance.now() - startedAt) * 1_000) / AT_ONCE;
}
