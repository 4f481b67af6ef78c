import type { Observation } from '../observation.js';
import { explained } from './explained.js';
import { withinBudget } from './identify-budget.js';
import { lookedAt } from './looked-at.js';
import { neverTwo } from './never-two.js';
import { nothingStale } from './nothing-left.js';
import { once } from './once.js';
import { recovers } from './recovers.js';
import { wholeFiles } from './whole-files.js';

/** A promise that does not hold, and how. */
export interface Violation {
  readonly invariant: string;
  readonly what: string;
}

const invariants: Readonly<Record<string, (observation: Observation) => string[]>> = {
  'the round was looked at': lookedAt,
  'Tux recovers': recovers,
  'never two sessions': neverTwo,
  'each promise is kept once': once,
  'every file is whole': wholeFiles,
  'nothing stale is left': nothingStale,
  'IDENTIFYs are within budget': withinBudget,
  'each end is explained': explained,
};

/** Everything that does not hold after a round; empty when all is well. */
export function violationsIn(observation: Observation): Violation[] {
  return Object.entries(invariants).flatMap(([invariant, check]) =>
    check(observation).map((what) => ({ invariant, what })),
  );
}
