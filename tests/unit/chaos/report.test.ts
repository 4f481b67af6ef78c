import { expect, it } from 'vitest';
import type { RoundOutcome } from '../../chaos/driver.js';
import { failureText } from '../../chaos/report.js';
import { planOf, when } from './observations.js';

const outcome: RoundOutcome = {
  plan: { ...planOf({ kind: 'rest', how: 'lag', ...when }), seed: 32, round: 62 },
  since: 51,
  timeline: ['rest: lag'],
  violations: [{ invariant: 'never two sessions', what: '2 gateway sessions were live at once' }],
  observation: null,
  evidence: '/tmp/evidence',
  tookMs: 5_000,
};
const commandsIn = (text: string) => text.match(/npm run chaos -- .*/g);

it('a round that fails says how to run it again, alone and with those before it on the same installation', () => {
  expect(commandsIn(failureText(outcome, undefined))).toEqual([
    'npm run chaos -- --seed 32 --round 62',
    'npm run chaos -- --seed 32 --from 51 --rounds 12',
  ]);
  expect(commandsIn(failureText(outcome, 'disk'))).toEqual([
    'npm run chaos -- --seed 32 --round 62 --only disk',
    'npm run chaos -- --seed 32 --from 51 --rounds 12 --only disk',
  ]);
});

it('the first round of an installation has none before it', () => {
  expect(commandsIn(failureText({ ...outcome, since: 62 }, undefined))).toHaveLength(1);
});
