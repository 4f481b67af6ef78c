import { describe, expect, it } from 'vitest';
import {
  decideStandby,
  delayAfterFailures,
  RESERVE_TO_KEEP_BYTES,
  RESERVE_TO_START_BYTES,
  type StandbyFacts,
  USUAL_STANDBY_BYTES,
} from '../../../../supervisor/standby/standby-policy.js';

const GB = 1_000_000_000;

function decide(more: Partial<StandbyFacts>) {
  const memory = { availableBytes: GB, cgroupHeadroomBytes: null };
  return decideStandby({ mode: 'auto', memory, isThere: false, lastBytes: null, ...more });
}

const withFree = (availableBytes: number | null, cgroupHeadroomBytes: number | null = null) => ({
  memory: { availableBytes, cgroupHeadroomBytes },
});

describe('whether there should be a standby', () => {
  it('is what the setting says, whatever the memory', () => {
    expect(decide({ mode: 'on', ...withFree(0) })).toEqual({ isWanted: true, reason: null });
    expect(decide({ mode: 'off', ...withFree(9 * GB) })).toEqual({ isWanted: false, reason: 'TUX_STANDBY is off' });
  });

  it('depends on the free memory otherwise: it has to fit, with something left', () => {
    const enough = USUAL_STANDBY_BYTES + RESERVE_TO_START_BYTES;
    expect(decide(withFree(enough)).isWanted).toBe(true);
    expect(decide(withFree(enough - 1))).toEqual({
      isWanted: false,
      reason: '416.0 MB of memory free, 416.0 MB needed',
    });
  });

  it('counts what the last one used', () => {
    const lastBytes = 300_000_000;
    expect(decide({ lastBytes, ...withFree(lastBytes + RESERVE_TO_START_BYTES) }).isWanted).toBe(true);
    expect(decide({ lastBytes, ...withFree(lastBytes + RESERVE_TO_START_BYTES - 1) }).isWanted).toBe(false);
  });

  it('goes by the control group where that leaves less than the machine', () => {
    expect(decide(withFree(9 * GB, 100_000_000)).reason).toBe('100.0 MB of memory free, 416.0 MB needed');
    expect(decide(withFree(9 * GB, 2 * GB)).isWanted).toBe(true);
    expect(decide(withFree(100_000_000, 9 * GB)).isWanted).toBe(false);
  });

  it('lets one that is there stay with less, so that it does not come and go', () => {
    expect(decide({ isThere: true, ...withFree(RESERVE_TO_KEEP_BYTES) }).isWanted).toBe(true);
    expect(decide({ isThere: true, ...withFree(RESERVE_TO_KEEP_BYTES - 1) }).isWanted).toBe(false);
  });

  it('is no where nothing is known of the memory', () => {
    expect(decide(withFree(null, GB))).toEqual({
      isWanted: false,
      reason: 'how much memory is free cannot be read here',
    });
  });
});

it('a standby that always fails is tried less and less often, down to every ten minutes', () => {
  expect([0, 1, 2, 3, 4, 10, 11, 100].map(delayAfterFailures)).toEqual([
    0, 1_000, 2_000, 4_000, 8_000, 512_000, 600_000, 600_000,
  ]);
});
