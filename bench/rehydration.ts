import { readFileSync } from 'node:fs';
import { countArgument } from './support/arguments.js';
import { newQueue, snapshotPath, writeWaitingJobs } from './support/jobs.js';
import { amount, printNote, printTable } from './support/report.js';
import { median } from './support/statistics.js';
import { inTemporaryFolder } from './support/temporary-folder.js';

// How long it takes until the jobs of the last worker wait again, each of them checked, beside reading and parsing the file and nothing
// more. Usage: npm run bench rehydration [-- JOBS]

const DEFAULT_JOBS = 1_000_000;
const RUNS = 3;

const jobs = countArgument(DEFAULT_JOBS);
await inTemporaryFolder(async (folder) => {
  const parsed: number[] = [];
  const opened: number[] = [];
  await writeWaitingJobs(folder, jobs);
  for (let run = 0; run < RUNS; run += 1) {
    parsed.push(await timeOf(async () => void JSON.parse(readFileSync(snapshotPath(folder), 'utf8'))));
    const queue = newQueue(folder);
    opened.push(
      await timeOf(async () => {
        const { accepted } = await queue.open();
        if (accepted !== jobs) throw new Error(`${accepted} of ${jobs} jobs were accepted`);
      }),
    );
    await queue.dispose();
  }
  const references = [{ name: 'readFile + JSON.parse', value: median(parsed), kind: 'limit' as const }];
  const what = `${jobs.toLocaleString('en-US')} waiting jobs`;
  printTable('rehydration: the jobs of the last worker', [{ what, value: median(opened), unit: 'ms', references }]);
  printNote(`memory at the end: ${amount(process.memoryUsage().rss / 1024 / 1024, 'MiB')}`);
});

async function timeOf(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
