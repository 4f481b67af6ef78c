import { startPostgres } from '../tests/support/postgres.js';
import type { Gap } from './gap.js';
import { manyGaps } from './many-gaps.js';
import { countArgument } from './support/arguments.js';
import { bareStarts } from './support/bare-node.js';
import { printNote, printTable, type Row } from './support/report.js';
import { median } from './support/statistics.js';

// For how long nobody is answered when the worker is killed, under a slash command every 5 ms, and where the time goes. `session-gap` has
// planned restarts as well, and all the log lines on the way. Usage: npm run bench serving [-- ROUNDS]

const DEFAULT_ROUNDS = 3;
const REFERENCE_ROUNDS = 15;
/** What is told of the way from the last answer to the next. */
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
const postgres = await startPostgres();
try {
  for (const database of ['PostgreSQL', 'embedded'] as const) {
    for (const standby of ['on', 'off'] as const) await benchOne(database, standby);
  }
} finally {
  await postgres.stop();
}
printTable('serving: `kill -9` of the bot in the midst of traffic → the next answer', rows);
for (const note of notes) printNote(note);

async function benchOne(database: 'embedded' | 'PostgreSQL', standby: 'on' | 'off'): Promise<void> {
  const settings: Record<string, string> = { TUX_STANDBY: standby };
  if (database === 'PostgreSQL') settings.DATABASE_URL = await postgres.createDatabase();
  const gaps = await manyGaps(settings, 'kill -9', rounds);
  const what = `${database}, ${standby === 'on' ? 'with' : 'without'} a standby`;
  const references = [{ name: 'bare Node, first line', value: reference, kind: 'scale' as const }];
  rows.push({ what, value: median(gaps.map(({ ms }) => ms)), unit: 'ms', references });
  notes.push(`${what}, ms since the last answer: ${partsOf(middle(gaps))}`);
}

function middle(gaps: readonly Gap[]): Gap | undefined {
  return [...gaps].sort((left, right) => left.ms - right.ms)[Math.floor(gaps.length / 2)];
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
