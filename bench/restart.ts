import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { countArgument } from './support/arguments.js';
import { FirstLines, machineTime } from './support/first-lines.js';
import { Pm2 } from './support/pm2.js';
import { benchProgram } from './support/program.js';
import { printTable } from './support/report.js';
import { SmallSupervision } from './support/small-supervision.js';
import { quantile } from './support/statistics.js';
import { inTemporaryFolder } from './support/temporary-folder.js';

// How long after `kill -9` the same small program prints its first line again, under our supervisor and under pm2, beside what it takes to
// spawn it at all. Usage: npm run bench restart [-- ROUNDS]

const DEFAULT_ROUNDS = 12;
/** Five crashes within a minute, and our supervisor would hold the worker back. */
const CRASHES_PER_SUPERVISOR = 4;
/** For pm2 a program that lives less than a second never started. */
const LIFE_MS = 1_200;

const rounds = countArgument(DEFAULT_ROUNDS);
const [spawned, restarted, takenOver, byPm2]: [number[], number[], number[], number[]] = [[], [], [], []];
for (let left = rounds; left > 0; left -= CRASHES_PER_SUPERVISOR) {
  const count = Math.min(CRASHES_PER_SUPERVISOR, left); // they take turns: what else the machine does changes
  spawned.push(...(await inTemporaryFolder((folder) => spawnings(folder, count))));
  restarted.push(...(await inTemporaryFolder((folder) => underSupervisor(folder, 'off', count))));
  takenOver.push(...(await inTemporaryFolder((folder) => underSupervisor(folder, 'on', count))));
  byPm2.push(...(await inTemporaryFolder((folder) => underPm2(folder, count))));
}
const row = (what: string, times: readonly number[], part: number) => ({
  what,
  value: quantile(times, part),
  unit: 'ms' as const,
  references: [
    { name: 'pm2', value: quantile(byPm2, part), kind: 'peer' as const },
    { name: 'bare spawn', value: quantile(spawned, part), kind: 'limit' as const },
  ],
});
printTable('restart: `kill -9` → first line of the next worker, the same small program', [
  row('without a standby, median', restarted, 0.5),
  row('without a standby, p90', restarted, 0.9),
  row('with a standby, median', takenOver, 0.5),
  row('with a standby, p90', takenOver, 0.9),
]);

/** From the call of spawn() to the first line. */
async function spawnings(folder: string, count: number): Promise<number[]> {
  const lines = new FirstLines(join(folder, 'lines'));
  const times: number[] = [];
  while (times.length < count) {
    const startedAt = machineTime();
    const child = spawn(process.execPath, [benchProgram('first-line.mjs')], {
      env: { PATH: process.env.PATH, TUX_BENCH_LINES: lines.path },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'close');
    times.push((await lines.next()).at - startedAt);
    child.kill('SIGTERM');
    await ended;
  }
  return times;
}

async function underSupervisor(folder: string, standby: 'on' | 'off', count: number): Promise<number[]> {
  const lines = new FirstLines(join(folder, 'lines'));
  const environment = { TUX_BENCH_LINES: lines.path, TUX_STANDBY: standby };
  const supervision = await SmallSupervision.start(join(folder, 'build'), environment);
  let from = 0;
  const isReady = async () => {
    if (standby === 'on') await supervision.log.waitFor('standby:ready', undefined, { from });
    from = supervision.log.lines.length;
  };
  try {
    return await crash(lines, count, isReady);
  } finally {
    await supervision.stop();
  }
}

async function underPm2(folder: string, count: number): Promise<number[]> {
  const lines = new FirstLines(join(folder, 'lines'));
  const pm2 = await Pm2.start(folder, { TUX_BENCH_LINES: lines.path });
  try {
    await pm2.command('start', benchProgram('first-line.mjs'), '--name', 'small');
    return await crash(lines, count);
  } finally {
    await pm2.stop();
  }
}

/** @param isReady resolves when the one that runs may be killed. */
async function crash(lines: FirstLines, count: number, isReady?: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  let running = await lines.next();
  while (times.length < count) {
    await isReady?.();
    await sleep(LIFE_MS);
    const killedAt = machineTime();
    process.kill(running.pid, 'SIGKILL');
    running = await lines.next();
    times.push(running.at - killedAt);
  }
  return times;
}
