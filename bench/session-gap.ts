import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startSandbox } from '../sandbox/index.js';
import { startPostgres } from '../tests/support/postgres.js';
import { type Cause, type Gap, measureGap } from './gap.js';
import { SupervisedTux } from './supervised-tux.js';

// For how long nobody is answered when one worker follows another, under a command every 5 ms: with a standby and without, beside
// what this machine takes to start a Node that does nothing. Usage: npm run bench session-gap [-- ROUNDS]

const DEFAULT_ROUNDS = 20;
/** Five crashes within a minute, and the supervisor would hold Tux back. */
const CRASHES_PER_SUPERVISOR = 4;
const PRELOAD = pathToFileURL(join(import.meta.dirname, 'shortest-wait.js')).href;

const rounds = Number(process.argv[2] ?? DEFAULT_ROUNDS);
if (!(rounds > 0)) throw new Error(`not a number of rounds: ${process.argv[2]}`);
const reference = await bareNode();
print('bare Node, to its first line', reference);
const postgres = await startPostgres();
try {
  for (const database of ['embedded', 'PostgreSQL'] as const) {
    for (const standby of ['on', 'off'] as const) await benchOne(database, standby);
  }
} finally {
  await postgres.stop();
}

async function benchOne(database: 'embedded' | 'PostgreSQL', standby: 'on' | 'off'): Promise<void> {
  const settings = {
    TUX_STANDBY: standby,
    ...(database === 'PostgreSQL' && { DATABASE_URL: await postgres.createDatabase() }),
  };
  const name = `${database}, standby ${standby}`;
  const planned = await manyGaps(settings, 'planned restart', rounds);
  printGaps(`${name}: planned restart`, planned);
  const killed: Gap[] = [];
  while (killed.length < rounds) {
    killed.push(...(await manyGaps(settings, 'kill -9', Math.min(CRASHES_PER_SUPERVISOR, rounds - killed.length))));
  }
  printGaps(`${name}: kill -9`, killed);
}

/** One installation, from its first start on. */
async function manyGaps(settings: Record<string, string>, cause: Cause, count: number): Promise<Gap[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tux-bench-'));
  const sandbox = await startSandbox();
  const tux = new SupervisedTux(sandbox, folder, settings, PRELOAD);
  try {
    await tux.until('commands:registered');
    let from = 0;
    const gaps: Gap[] = [];
    while (gaps.length < count) {
      if (settings.TUX_STANDBY === 'on') await tux.until('standby:ready', from);
      from = tux.log.lines.length;
      gaps.push(await measureGap(tux, sandbox, cause));
    }
    return gaps;
  } finally {
    await tux.stop();
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function bareNode(): Promise<number[]> {
  const times: number[] = [];
  while (times.length < DEFAULT_ROUNDS) {
    const startedAt = performance.now();
    const child = spawn(process.execPath, ['-e', 'console.log("here")']);
    await once(child.stdout, 'data');
    times.push(performance.now() - startedAt);
    await once(child, 'close');
  }
  return times;
}

function printGaps(name: string, gaps: readonly Gap[]): void {
  const times = gaps.map(({ ms }) => ms);
  const resumed = gaps.filter(({ isResumed }) => isResumed).length;
  print(
    name,
    times,
    `${(share(times, 0.5) / share(reference, 0.5)).toFixed(1)} × bare Node, ${resumed} of ${gaps.length} resumed`,
  );
  const middle = [...gaps].sort((left, right) => left.ms - right.ms)[Math.floor(gaps.length / 2)];
  for (const { name: what, ms } of middle?.milestones ?? [])
    console.log(`      ${ms.toFixed(0).padStart(5)} ms  ${what}`);
}

function print(name: string, times: readonly number[], more = ''): void {
  const figures = `median ${share(times, 0.5).toFixed(0)} ms, p95 ${share(times, 0.95).toFixed(0)} ms`;
  console.log(`${name.padEnd(46)}${figures}${more && `, ${more}`}`);
}

function share(values: readonly number[], part: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
