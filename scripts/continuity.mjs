// `npm run continuity -- --rounds 50 --seed N --interval 10`: restarts, kills and hangs one after the other under traffic, by chance; without a
// seed another one each time. Each command has to be answered once and to take effect once, and nobody may log in anew.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    seed: { type: 'string' },
    interval: { type: 'string', default: '10' },
  },
});
const seed = values.seed ?? String(randomInt(1_000_000));
console.log(`${values.rounds} rounds, seed ${seed}`);
const { status } = spawnSync(
  join('node_modules', '.bin', 'vitest'),
  ['run', '--project', 'e2e', 'tests/e2e/continuity.test.ts', '-t', 'random'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      TUX_CONTINUITY_ROUNDS: values.rounds,
      TUX_CONTINUITY_SEED: seed,
      TUX_CONTINUITY_INTERVAL_MS: values.interval,
    },
  },
);
process.exit(status ?? 1);
