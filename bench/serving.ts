import type { Gap } from './gap.js';
import { inEachSetup, manyGaps, medianGap, type Setup } from './many-gaps.js';
import { countArgument } from './support/arguments.js';
import { bareStarts } from './support/bare-node.js';
import { printNote, printTable, type Row } from './support/report.js';
import { median } from './support/statistics.js';

// For how long nobody is answered when the worker is killed, under a slash command every 5 ms, and where the time goes. `session-gap` has
// planned restarts as well, and all the log lines on the way. Usage: npm run bench serving [-- ROUNDS]

const DEFAULT_ROUNDS = 3;
const REFERENCE_ROUNDS = 15;
/** The log lines and turns of a connection that are told of the way from the last answer to the next, and what they are called there. */
const PARTS = new Map([
  ['supervisor worker:ended', 'reaped'],
  ['supervisor worker:started', 'next begins'],
  ['worker database:connect', 'imported'],
  ['worker database:ready', 'database'],
  ['connection resumed', 'Discord'],
  ['worker cogs:loaded', 'cogs'],
  ['worker queue:opened', 'jobs'],
  ['supervisor worker:ready', 'ready'],
  ['first answer', 'first answer'],
]);

const rounds = countArgument(DEFAULT_ROUNDS);
const reference = median(await bareStarts(REFERENCE_ROUNDS));
const rows: Row[] = [];
const notes: string[] = [];
await inEachSetup(benchOne);
printTable('serving: `kill -9` of the bot in the midst of traffic → the next answer', rows);
for (const note of notes) printNote(note);

async function benchOne({ database, standby, settings }: Setup): Promise<void> {
  const gaps = await manyGaps(settings, 'kill -9', rounds);
  const what = `${database}, ${standby === 'on' ? 'with' : 'without'} a standby`;
  const references = [{ name: 'bare Node, first line', value: reference, kind: 'scale' as const }];
  rows.push({ what, value: median(gaps.map(({ ms }) => ms)), unit: 'ms', references });
  notes.push(`${what}, ms since the last answer: ${partsOf(medianGap(gaps))}`);
}

function partsOf(gap: Gap | undefined): string {
  const seen = new Set<string>();
  const parts: string[] = [];
  for (const { name, ms } of gap?.milestones ?? []) {
    const part = PARTS.get(name);
    if (part === undefined || seen.has(part)) continue;
    seen.add(part);
    parts.push(`${part} ${ms.toFixed(0)}`);
  }
  return parts.join(' · ');
}
