import { seededRandom } from '../../support/random.js';
import type { FaultKind, PlannedFault } from './planned-fault.js';
import { between, faultKinds, pick, randomFault } from './random-fault.js';

/** What happens in one round: all of it that is decided by chance. */
export interface RoundPlan {
  readonly seed: number;
  /** Number of the round; they count from 1. */
  readonly round: number;
  /** In the order in which they begin. */
  readonly faults: readonly PlannedFault[];
  readonly trafficSeed: number;
  /** How long a supervisor that has ended stays away until it is started again. */
  readonly reviveAfterMs: number;
  /** The faults come upon an installation that has a standby; else upon whatever there is. */
  readonly waitsForStandby: boolean;
}

/** How many faults a round has, the likelier ones more than once. */
const counts = [1, 1, 2, 2, 2, 3] as const;

/** Most of what can go wrong goes wrong when a process ends in the midst of something else. */
const oftenProcesses: readonly FaultKind[] = ['process', 'process', ...faultKinds];

/**
 * The plan of one round; it follows from the seed and the number of the round alone, so that a round can be run again by itself.
 *
 * @param only faults of this kind; default: of any.
 */
export function planRound(seed: number, round: number, only?: FaultKind): RoundPlan {
  const random = seededRandom(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(round, 0x85ebca6b));
  const kinds = only === undefined ? oftenProcesses : [only];
  const faults = Array.from({ length: pick(random, counts) }, () => randomFault(pick(random, kinds), random));
  return {
    seed,
    round,
    faults: withoutDoubles(faults).sort((left, right) => left.atMs - right.atMs),
    trafficSeed: between(random, 1, 2 ** 31),
    reviveAfterMs: between(random, 0, 400),
    waitsForStandby: random() < 0.4,
  };
}

/** Two faults that change the same thing would undo each other; signals may come one upon the other. */
function withoutDoubles(faults: readonly PlannedFault[]): PlannedFault[] {
  return faults.filter(
    (fault, index) => fault.kind === 'process' || faults.findIndex(({ kind }) => kind === fault.kind) === index,
  );
}
