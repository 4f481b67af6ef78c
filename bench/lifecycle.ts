import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { LifecycleRunner, type Service } from '../shared/lifecycle/index.js';
import { countArgument } from './support/arguments.js';
import { peerProgram } from './support/peer.js';
import { printTable, type Row } from './support/report.js';
import { median } from './support/statistics.js';

// What the lifecycle engine itself costs: services that do nothing, started and stopped, beside avvio with as many plugins. avvio loads one
// after the other; ours does so where each depends on the one before, else five at a time. Usage: npm run bench lifecycle [-- SERVICES]

const DEFAULT_SERVICES = 1_000;
const ROUNDS = 15;

interface Times {
  readonly start: number;
  readonly stop: number;
}

const count = countArgument(DEFAULT_SERVICES);
const chain = await many((n) => (n === 0 ? [] : [`service ${n - 1}`]));
const wide = await many(() => []);
const { stdout } = await promisify(execFile)(process.execPath, [
  peerProgram('avvio.mjs'),
  String(count),
  String(ROUNDS),
]);
const avvio = JSON.parse(stdout) as Times[];
printTable(`lifecycle: ${count.toLocaleString('en-US')} services that do nothing`, [
  row('start, each depends on the one before', chain, 'start'),
  row('start, none depends on another', wide, 'start'),
  row('stop, each depends on the one before', chain, 'stop'),
  row('stop, none depends on another', wide, 'stop'),
]);

function row(what: string, times: readonly Times[], part: keyof Times): Row {
  const middle = (all: readonly Times[]) => median(all.map((one) => one[part]));
  return {
    what,
    value: middle(times),
    unit: 'ms',
    references: [{ name: 'avvio', value: middle(avvio), kind: 'peer' }],
  };
}

async function many(dependsOn: (n: number) => string[]): Promise<Times[]> {
  const times: Times[] = [];
  while (times.length < ROUNDS) {
    const startedAt = performance.now();
    const services = Array.from({ length: count }, (_, n) => idle(`service ${n}`, dependsOn(n)));
    const runner = new LifecycleRunner({ services });
    await runner.start();
    const upAt = performance.now();
    await runner.stop();
    times.push({ start: upAt - startedAt, stop: performance.now() - upAt });
  }
  return times;
}

function idle(name: string, dependsOn: readonly string[]): Service {
  return { name, dependsOn, initialize: async () => {}, cleanup: async () => {} };
}
