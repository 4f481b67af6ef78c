import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startPostgres } from '../tests/support/postgres.js';
import { countArgument } from './support/arguments.js';
import { enqueueFor, newQueue, REQUEST } from './support/jobs.js';
import { peerProgram } from './support/peer.js';
import { printTable, type Row } from './support/report.js';
import { median } from './support/statistics.js';
import { inTemporaryFolder } from './support/temporary-folder.js';

// Jobs a second that are on the disk when they are acknowledged, one at a time and a hundred at once: our queue, graphile-worker on a
// PostgreSQL that syncs as it does by default, and a bare write with fdatasync for each. Usage: npm run bench enqueue [-- SECONDS]

const DEFAULT_SECONDS = 4;
const MANY = 100;
const TURNS = 4;
const WARM_UP_MS = 1_000;
/** About what the line of a job takes in the journal. */
const LINE = `${JSON.stringify({ v: 1, seq: 1_000, record: { put: { ...REQUEST, id: '0'.repeat(26), state: '0'.repeat(130) } } })}\n`;

interface Rates {
  readonly one: number;
  readonly many: number;
}

const run = promisify(execFile);
const durationMs = countArgument(DEFAULT_SECONDS) * 1_000;
const { synced, queue } = await inTemporaryFolder(inProcess);
const graphile = await graphileWorker();
printTable('enqueue: durable jobs a second', [
  row('one at a time', queue.one, graphile.one),
  row(`${MANY} at once`, queue.many, graphile.many),
]);

function row(what: string, value: number, peer: number): Row {
  const references = [
    { name: 'graphile-worker', value: peer, kind: 'peer' as const },
    { name: 'one fdatasync each', value: synced, kind: 'limit' as const },
  ];
  return { what, value, unit: '/s', references };
}

/** Our queue and the bare writes, in turns. */
async function inProcess(folder: string): Promise<{ synced: number; queue: Rates }> {
  const [synced, one, many]: [number[], number[], number[]] = [[], [], []];
  const jobs = newQueue(folder);
  await jobs.open();
  const bare = await open(join(folder, 'bare'), 'w');
  const line = Buffer.from(LINE);
  let end = 0;
  const write = async () => {
    await bare.write(line, 0, line.length, end);
    end += line.length;
    await bare.datasync();
  };
  const enqueue = () => jobs.enqueue(REQUEST);
  try {
    for (let turn = 0; turn <= TURNS; turn += 1) {
      synced.push(await enqueueFor(durationMs / TURNS, 1, write));
      one.push(await enqueueFor(durationMs / TURNS, 1, enqueue));
      many.push(await enqueueFor(durationMs / TURNS, MANY, enqueue));
    }
  } finally {
    await bare.close();
    await jobs.dispose();
  }
  const rate = (rates: readonly number[]) => median(rates.slice(1)); // the first turn is the warm-up
  return { synced: rate(synced), queue: { one: rate(one), many: rate(many) } };
}

async function graphileWorker(): Promise<Rates> {
  const postgres = await startPostgres({ fsync: 'on' });
  try {
    const settings = {
      url: await postgres.createDatabase(),
      durationMs,
      warmUpMs: WARM_UP_MS,
      many: MANY,
      job: REQUEST,
    };
    const program = peerProgram('graphile-worker.mjs');
    const { stdout } = await run(process.execPath, [program, JSON.stringify(settings)]);
    return JSON.parse(stdout) as Rates;
  } finally {
    await postgres.stop();
  }
}
