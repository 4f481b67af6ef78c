import { startPostgres } from '../tests/support/postgres.js';
import type { Gap, Milestone } from './gap.js';
import { manyGaps } from './many-gaps.js';
import { bareStarts } from './support/bare-node.js';

// For how long nobody is answered when one worker follows another, under a command every 5 ms: with a standby and without, beside
// what this machine takes to start a Node that does nothing. Usage: npm run bench session-gap [-- ROUNDS]

const DEFAULT_ROUNDS = 10;
const REFERENCE_ROUNDS = 20;

const rounds = Number(process.argv[2] ?? DEFAULT_ROUNDS);
if (!(rounds > 0)) throw new Error(`not a number of rounds: ${process.argv[2]}`);
const reference = await bareStarts(REFERENCE_ROUNDS);
print('bare Node, to its first line', reference);
const postgres = await startPostgres();
try {
  for (const database of ['PostgreSQL', 'embedded'] as const) {
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
  const killed = await manyGaps(settings, 'kill -9', rounds);
  printGaps(`${name}: kill -9`, killed);
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
  printMilestones(middle?.milestones ?? []);
}

/** Each kind of event once, where it first happened. */
function printMilestones(milestones: readonly Milestone[]): void {
  const counts = new Map<string, number>();
  for (const { name } of milestones) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const { name, ms } of milestones) {
    const count = counts.get(name);
    if (count === undefined) continue; // told before
    counts.delete(name);
    console.log(`      ${ms.toFixed(0).padStart(5)} ms  ${name}${count > 1 ? ` × ${count}` : ''}`);
  }
}

function print(name: string, times: readonly number[], more = ''): void {
  const figures = `median ${share(times, 0.5).toFixed(0)} ms, p95 ${share(times, 0.95).toFixed(0)} ms`;
  console.log(`${name.padEnd(46)}${figures}${more && `, ${more}`}`);
}

function share(values: readonly number[], part: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
