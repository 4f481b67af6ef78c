import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSandbox } from '../sandbox/index.js';
import { isRunning } from '../tests/support/processes.js';
import { SupervisedTux } from './supervised-tux.js';
import { countArgument } from './support/arguments.js';
import { FirstLines } from './support/first-lines.js';
import { Pm2 } from './support/pm2.js';
import { benchProgram } from './support/program.js';
import { printTable } from './support/report.js';
import { SHORTEST_WAIT, SmallSupervision } from './support/small-supervision.js';
import { median } from './support/statistics.js';
import { inTemporaryFolder } from './support/temporary-folder.js';

// How long it takes from SIGTERM until nothing runs any more: our supervisor with a small program and with the whole of Tux, and pm2 with
// the same small program. Usage: npm run bench stop [-- ROUNDS]

const DEFAULT_ROUNDS = 5;
/** What a start leaves to be done later is done by then. */
const SETTLE_MS = 1_500;
const LOOK_MS = 2;

const rounds = countArgument(DEFAULT_ROUNDS);
const [small, whole, daemons, commands]: [number[], number[], number[], number[]] = [[], [], [], []];
for (let round = 0; round < rounds; round += 1) {
  small.push(await inTemporaryFolder(stopSmall));
  whole.push(await inTemporaryFolder(stopTux));
  daemons.push(await inTemporaryFolder(stopDaemon));
  commands.push(await inTemporaryFolder(stopByCommand));
}
const peers = [
  { name: 'SIGTERM to the pm2 daemon', value: median(daemons), kind: 'peer' as const },
  { name: '`pm2 stop`', value: median(commands), kind: 'peer' as const },
];
printTable('stop: SIGTERM → everything is gone', [
  { what: 'supervisor with the small program', value: median(small), unit: 'ms', references: peers },
  { what: 'supervisor with Tux, which saves and says goodbye', value: median(whole), unit: 'ms', references: peers },
]);

async function stopSmall(folder: string): Promise<number> {
  const lines = new FirstLines(join(folder, 'lines'));
  const environment = { TUX_BENCH_LINES: lines.path, TUX_STANDBY: 'on' };
  const supervision = await SmallSupervision.start(join(folder, 'build'), environment);
  await supervision.log.waitFor('standby:ready');
  return timeOf(() => supervision.stop());
}

async function stopTux(folder: string): Promise<number> {
  const sandbox = await startSandbox();
  const tux = new SupervisedTux(sandbox, folder, { TUX_STANDBY: 'on' }, SHORTEST_WAIT);
  try {
    await tux.until('standby:ready');
    return await timeOf(() => tux.stop());
  } finally {
    await sandbox.close();
  }
}

async function stopDaemon(folder: string): Promise<number> {
  const { pm2 } = await pm2WithOne(folder);
  return timeOf(() => pm2.stop());
}

/** From the call of `pm2 stop` until the program is gone; the command line of pm2 ends later. */
async function stopByCommand(folder: string): Promise<number> {
  const { pm2, pid } = await pm2WithOne(folder);
  let command: Promise<void> | undefined;
  const ms = await timeOf(async () => {
    command = pm2.command('stop', 'small');
    while (isRunning(pid)) await sleep(LOOK_MS);
  });
  await command;
  await pm2.stop();
  return ms;
}

/** The daemon with the small program, and the pid of that. */
async function pm2WithOne(folder: string): Promise<{ pm2: Pm2; pid: number }> {
  const lines = new FirstLines(join(folder, 'lines'));
  const pm2 = await Pm2.start(folder, { TUX_BENCH_LINES: lines.path });
  await pm2.command('start', benchProgram('first-line.mjs'), '--name', 'small');
  return { pm2, pid: (await lines.next()).pid };
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  await sleep(SETTLE_MS);
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
