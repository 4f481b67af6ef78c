import { beforeEach, describe, expect, it } from 'vitest';
import { DatabaseCircuit } from '../../../../bot/database/database-circuit.js';
import { TuxError } from '../../../../shared/errors.js';
import { FakeClock } from '../../../../shared/testing/index.js';

const down = new TuxError('TUX_DB_UNREACHABLE', 'nobody there');
let clock: FakeClock;
let told: (string | null)[];
let probes: number;
let isBack: boolean;
let circuit: DatabaseCircuit;

beforeEach(() => {
  clock = new FakeClock();
  told = [];
  probes = 0;
  isBack = false;
  circuit = new DatabaseCircuit({
    clock,
    onChange: (problem) => told.push(problem?.code ?? null),
    async probe() {
      probes += 1;
      if (!isBack) throw down;
    },
  });
});

describe('the circuit before the database', () => {
  it('does not open for one broken connection', () => {
    for (let n = 0; n < 5; n += 1) {
      circuit.noteFailure(down);
      circuit.noteAnswer();
    }
    circuit.assertClosed();
    expect(told).toEqual([]);
  });

  it('opens at the second failure in a row, says so once, and refuses with the reason', () => {
    for (let n = 0; n < 4; n += 1) circuit.noteFailure(down);
    expect(() => circuit.assertClosed()).toThrow(
      expect.objectContaining({ code: 'TUX_DB_UNREACHABLE', exitCode: 69, cause: down }),
    );
    expect(told).toEqual(['TUX_DB_UNREACHABLE']);
  });

  it('asks about once a second without anybody’s help, and closes at the first answer', async () => {
    circuit.noteFailure(down);
    circuit.noteFailure(down);
    await clock.advance(3_600);
    expect(probes).toBe(4);
    isBack = true;
    await clock.advance(1_000);
    circuit.assertClosed();
    expect(told).toEqual(['TUX_DB_UNREACHABLE', null]);
    await clock.advance(60_000);
    expect(probes).toBe(5);
    circuit.noteFailure(down);
    circuit.assertClosed(); // it counts anew
  });

  it('does not take the late answer of an old statement for the end of the outage', () => {
    circuit.noteFailure(down);
    circuit.noteFailure(down);
    circuit.noteAnswer();
    expect(() => circuit.assertClosed()).toThrow();
  });

  it('asks no more once it is over', async () => {
    circuit.noteFailure(down);
    circuit.noteFailure(down);
    circuit.close();
    isBack = true;
    await clock.advance(60_000);
    expect(probes).toBe(0);
    expect(told).toEqual(['TUX_DB_UNREACHABLE']);
  });
});
