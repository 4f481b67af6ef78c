import { describe, expect, it } from 'vitest';
import { databaseFaults, diskFaults, gatewayFaults, restFaults } from '../../chaos/plan/planned-fault.js';
import { faultKinds } from '../../chaos/plan/random-fault.js';
import { planRound } from '../../chaos/plan/round-plan.js';

const rounds = (seed: number, count: number) => Array.from({ length: count }, (_, index) => planRound(seed, index + 1));

describe('the plan of a round', () => {
  it('follows from the seed and the number of the round alone', () => {
    expect(planRound(7, 12)).toEqual(planRound(7, 12));
    expect(planRound(7, 12)).not.toEqual(planRound(7, 13));
    expect(planRound(7, 12)).not.toEqual(planRound(8, 12));
  });

  it('has every kind of fault among 400 rounds, and every single one of a kind', () => {
    const faults = rounds(1, 400).flatMap((plan) => plan.faults);
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(faultKinds));
    const hows = faults.flatMap((fault) => ('how' in fault ? [`${fault.kind}: ${fault.how}`] : []));
    const all = [gatewayFaults, restFaults, databaseFaults, diskFaults];
    expect(new Set(hows).size).toBe(all.flat().length);
  });

  it('has faults of one kind alone when that is asked for', () => {
    for (let round = 1; round <= 50; round += 1) {
      expect(new Set(planRound(1, round, 'disk').faults.map(({ kind }) => kind))).toEqual(new Set(['disk']));
    }
  });

  it('never changes the same thing twice at once, signals aside', () => {
    for (const { faults } of rounds(3, 300)) {
      const kinds = faults.map(({ kind }) => kind).filter((kind) => kind !== 'process');
      expect(new Set(kinds).size).toBe(kinds.length);
    }
  });
});
