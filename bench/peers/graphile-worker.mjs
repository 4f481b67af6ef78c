// Jobs a second that graphile-worker takes. Argument and answer are JSON, see ../enqueue.ts.
import { Logger, makeWorkerUtils } from 'graphile-worker';

const { url, durationMs, warmUpMs, many, job } = JSON.parse(process.argv[2]);
const utils = await makeWorkerUtils({ connectionString: url, logger: new Logger(() => () => {}) });
await utils.migrate();
await enqueueFor(warmUpMs, 1);
const rates = { one: await enqueueFor(durationMs, 1), many: await enqueueFor(durationMs, many) };
await utils.release();
console.log(JSON.stringify(rates));

/** As in ../support/jobs.ts. */
async function enqueueFor(limitMs, atOnce) {
  const startedAt = performance.now();
  let count = 0;
  const one = async () => {
    for (; performance.now() - startedAt < limitMs; count += 1) await utils.addJob(job.kind, job);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return count / ((performance.now() - startedAt) / 1_000);
}
