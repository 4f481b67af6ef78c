import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSandbox } from '../sandbox/index.js';
import { costOf, type ProcessCost } from './process-cost.js';
import { SupervisedTux } from './supervised-tux.js';
import { countArgument } from './support/arguments.js';
import { FirstLines } from './support/first-lines.js';
import { Pm2 } from './support/pm2.js';
import { benchProgram } from './support/program.js';
import { amount, printNote, printTable, type Reference, type Row, type Unit } from './support/report.js';
import { pidOf, SHORTEST_WAIT } from './support/small-supervision.js';
import { inTemporaryFolder } from './support/temporary-folder.js';

// What the supervisor costs while its worker serves and nobody asks for anything, beside the daemon of pm2 with one small program and a bare
// Node that does nothing: all of them at the same time. Usage: npm run bench idle [-- SECONDS]

const DEFAULT_SECONDS = 30;
/** What a start leaves to be done later is done by then. */
const SETTLE_MS = 30_000;
const MIB = 1024 * 1024;

interface Cost {
  readonly rssMib: number;
  readonly pssMib: number;
  readonly wakeUps: number;
  readonly cpuMs: number;
}

const seconds = countArgument(DEFAULT_SECONDS);
const releasers: (() => unknown)[] = [];
await inTemporaryFolder(async (folder) => {
  try {
    await bench(folder);
  } finally {
    for (const release of releasers.reverse()) await release();
  }
});

async function bench(folder: string): Promise<void> {
  const plain = await startTux(join(folder, 'plain'), {});
  const withPort = await startTux(join(folder, 'port'), { TUX_HTTP_PORT: '0' });
  const pm2 = await startPm2(join(folder, 'pm2'));
  const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 2 ** 30)'], { env: { PATH: process.env.PATH } });
  releasers.push(() => bare.kill());
  await sleep(SETTLE_MS);
  const [ours, theirs, nothing, unasked] = await Promise.all([
    costFrom(plain.pid),
    costFrom(pm2.pid),
    costFrom(pidOf(bare)),
    costFrom(withPort.pid),
  ]);
  const watched = await whileLooking(withPort, () => costFrom(withPort.pid));
  const row = (what: string, unit: Unit, figure: keyof Cost, bareIs: Reference['kind']): Row => {
    const references: Reference[] = [
      { name: 'pm2 daemon', value: theirs[figure], kind: 'peer' },
      { name: 'bare Node', value: nothing[figure], kind: bareIs },
    ];
    return { what, value: ours[figure], unit, references };
  };
  printTable('idle: the supervisor while its worker serves and nobody asks', [
    row('memory (RSS)', 'MiB', 'rssMib', 'limit'),
    row('memory, shared pages in part (PSS)', 'MiB', 'pssMib', 'limit'),
    row('wake-ups a second', 'wake-ups/s', 'wakeUps', 'scale'),
    row('CPU time', 'ms CPU/min', 'cpuMs', 'scale'),
  ]);
  printNote(`with TUX_HTTP_PORT: ${describe(unasked)}`);
  printNote(`with the status page open: ${describe(watched)}`);
}

async function startTux(folder: string, settings: Readonly<Record<string, string>>): Promise<SupervisedTux> {
  const sandbox = await startSandbox();
  releasers.push(() => sandbox.close());
  await mkdir(folder);
  const tux = new SupervisedTux(sandbox, folder, settings, SHORTEST_WAIT);
  releasers.push(() => tux.stop());
  await tux.until('worker:ready');
  return tux;
}

async function startPm2(home: string): Promise<Pm2> {
  await mkdir(home);
  const lines = new FirstLines(join(home, 'lines'));
  const pm2 = await Pm2.start(home, { TUX_BENCH_LINES: lines.path });
  releasers.push(() => pm2.stop());
  await pm2.command('start', benchProgram('first-line.mjs'), '--name', 'small');
  await lines.next();
  return pm2;
}

async function whileLooking<T>({ client }: SupervisedTux, work: () => Promise<T>): Promise<T> {
  const { http } = await client.status();
  if (!http) throw new Error('nothing listens');
  const looking = new AbortController();
  const events = await fetch(new URL('api/events', http.url), { signal: looking.signal });
  void events.text().catch(() => {}); // read to the end, which is when we stop looking
  try {
    return await work();
  } finally {
    looking.abort();
  }
}

/** What a process costs from now on, for as long as is measured. */
async function costFrom(pid: number): Promise<Cost> {
  const [before, startedAt] = [costOf(pid), performance.now()];
  await sleep(seconds * 1_000);
  const [after, ms] = [costOf(pid), performance.now() - startedAt];
  const perSecond = (figure: keyof ProcessCost) => ((after[figure] - before[figure]) / ms) * 1_000;
  return {
    rssMib: after.rssBytes / MIB,
    pssMib: after.pssBytes / MIB,
    wakeUps: perSecond('wakeUps'),
    cpuMs: perSecond('cpuMs') * 60,
  };
}

function describe({ rssMib, pssMib, wakeUps, cpuMs }: Cost): string {
  const figures = [amount(rssMib, 'MiB'), `${amount(pssMib, 'MiB')} PSS`, amount(wakeUps, 'wake-ups/s')];
  return `${figures.join(', ')}, ${amount(cpuMs, 'ms CPU/min')}`;
}
