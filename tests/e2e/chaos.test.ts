import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../shared/package.js';

/** Like those of a run by hand: `npm run chaos -- --seed 6 --rounds 25`. */
const SEED = 6;
const ROUNDS = 25;
/** Each of them has an installation of its own. */
const DRIVERS = 2;
const LIMIT_MS = 300_000;

/** Runs some of the rounds. @param signal ends the driver, with all that it has started. @returns what it said. */
async function drive(
  from: number,
  rounds: number,
  signal: AbortSignal,
): Promise<{ code: number | null; output: string }> {
  const args = ['scripts/chaos.mjs', '--seed', SEED, '--from', from, '--rounds', rounds].map(String);
  const driver = spawn(process.execPath, args, { cwd: packageRoot(), stdio: ['ignore', 'pipe', 'pipe'], signal });
  const chunks: string[] = [];
  for (const stream of [driver.stdout, driver.stderr]) stream.on('data', (chunk) => chunks.push(String(chunk)));
  const [code] = await once(driver, 'close');
  return { code, output: chunks.join('') };
}

describe('chaos', () => {
  it(
    `in ${ROUNDS} rounds (seed ${SEED}) breaks none of the promises`,
    async ({ signal }) => {
      const share = Math.ceil(ROUNDS / DRIVERS);
      const runs = await Promise.all(
        Array.from({ length: DRIVERS }, (_, index) => {
          const from = 1 + index * share;
          return drive(from, Math.min(share, ROUNDS + 1 - from), signal);
        }),
      );
      for (const { code, output } of runs) expect(code, output).toBe(0);
      expect(
        runs
          .map(({ output }) => output)
          .join('')
          .match(/^✓ round/gm),
      ).toHaveLength(ROUNDS);
    },
    LIMIT_MS,
  );
});
