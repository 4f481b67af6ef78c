import type { Gap, Milestone } from './gap.js';
import { inEachSetup, manyGaps, medianGap, type Setup } from './many-gaps.js';
import { countArgument } from './support/arguments.js';
import { bareStarts } from './support/bare-node.js';
import { median, quantile } from './support/statistics.js';

// For how long nobody is answered when one worker follows another, under a command every 5 ms: with a standby and without, beside
// what this machine takes to start a Node that does nothing. Usage: npm run bench session-gap [-- ROUNDS]

const DEFAULT_ROUNDS = 10;
const REFERENCE_ROUNDS = 20;

const rounds = countArgument(DEFAULT_ROUNDS);
const reference = await bareStarts(REFERENCE_ROUNDS);
print('bare Node, to its first line', reference);
await inEachSetup(benchOne);

async function benchOne({ database, standby, settings }: Setup): Promise<void> {
  const name = `${database}, standby ${standby}`;
  const planned = await manyGaps(settings, 'planned restart', rounds);
  printGaps(`${name}: planned restart`, planned);
  const killed = await manyGaps(settings, 'kill -9', rounds);
  printGaps(`${name}: kill -9`, killed);
}

function printGaps(name: string, gaps: readonly Gap[]): void {
  const times = gaps.map(({ ms }) => ms);
  const resumed = gaps.filter(({ isResumed }) => isResumed).length;
  const ratio = (median(times) / median(reference)).toFixed(1);
  print(name, times, `${ratio} × bare Node, ${resumed} of ${gaps.length} resumed`);
  printMilestones(medianGap(gaps)?.milestones ?? []);
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
  const figures = `median ${median(times).toFixed(0)} ms, p95 ${quantile(times, 0.95).toFixed(0)} ms`;
  console.log(`${name.padEnd(46)}${figures}${more && `, ${more}`}`);
}
