import { describe, expect, it } from 'vitest';
import { cachesBytes, hasRoomAhead } from '../../../../../bot/discord/session/ahead-policy.js';
import { RESERVE_TO_KEEP_BYTES } from '../../../../../supervisor/standby/standby-policy.js';

const MB = 1_000_000;
const SNAPSHOT = 14 * MB;
const free = (availableBytes: number | null, cgroupHeadroomBytes: number | null = null) => {
  return { availableBytes, cgroupHeadroomBytes };
};

describe('caches are filled ahead', () => {
  it('while that leaves a quarter of a gigabyte', () => {
    const enough = cachesBytes(SNAPSHOT) + 256 * MB;
    expect(hasRoomAhead(SNAPSHOT, free(enough))).toBe(true);
    expect(hasRoomAhead(SNAPSHOT, free(enough - 1))).toBe(false);
  });

  it('by the narrower of machine and control group, and not where nothing is known', () => {
    expect(hasRoomAhead(SNAPSHOT, free(4_000 * MB, 100 * MB))).toBe(false);
    expect(hasRoomAhead(SNAPSHOT, free(100 * MB, 4_000 * MB))).toBe(false);
    expect(hasRoomAhead(SNAPSHOT, free(null))).toBe(false);
  });

  it('and leave more than a standby needs to stay', () => {
    const bytes = cachesBytes(SNAPSHOT);
    const least = Array.from({ length: 1_000 }, (_, n) => n * MB).find((n) => hasRoomAhead(SNAPSHOT, free(n))) ?? 0;
    expect(least - bytes).toBeGreaterThan(RESERVE_TO_KEEP_BYTES);
  });
});
