/**
 * The chaos driver, see docs/reliability.md. Started by `scripts/chaos.mjs`, which gives it a small disk.
 *
 *   main.js --disk FOLDER [--seed S] [--rounds N | --round K] [--from K] [--only KIND]
 */
import { parseArgs } from 'node:util';
import { drive } from './driver.js';
import { faultKinds } from './plan/random-fault.js';
import { failureText, roundLine, Tally } from './report.js';

const { values } = parseArgs({
  options: {
    disk: { type: 'string' },
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '25' },
    round: { type: 'string' },
    from: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const number = (option: 'seed' | 'rounds' | 'round' | 'from', atLeast: number): number => {
  const value = Number(values[option]);
  const isFine = Number.isSafeInteger(value) && value >= atLeast;
  if (!isFine) throw new Error(`--${option} takes a whole number, ${atLeast} or more`);
  return value;
};
const only = faultKinds.find((kind) => kind === values.only);
if (values.disk === undefined) throw new Error('--disk is missing');
if (values.only !== undefined && only === undefined) throw new Error(`--only is one of ${faultKinds.join(', ')}`);
const tally = new Tally();
const calledOff = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => calledOff.abort(new Error(signal)));
const seed = number('seed', 0);
console.log(`Seed ${seed}`);
try {
  await drive({
    seed,
    from: number(values.round === undefined ? 'from' : 'round', 1),
    rounds: values.round === undefined ? number('rounds', 1) : 1,
    only,
    disk: values.disk,
    signal: calledOff.signal,
    onRound: (outcome) => {
      tally.add(outcome);
      console.log(roundLine(outcome));
      if (outcome.violations.length > 0) console.log(failureText(outcome, only));
    },
  });
} catch (error) {
  if (!calledOff.signal.aborted) throw error;
  console.log(`called off by ${(error as Error).message}`);
}
console.log(String(tally));
process.exit(tally.failed === 0 && !calledOff.signal.aborted ? 0 : 1);
