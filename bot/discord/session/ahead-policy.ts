import type { MemoryFacts } from '../../../shared/memory-facts.js';

const MB = 1_000_000;
/** What caches take for each byte of their snapshot: four that stay, and one while the file is read. */
const BYTES_FOR_EACH = 5;
/**
 * What has to be left beside them: as much as the supervisor wants to see free before it starts a standby, and twice what it needs to
 * keep one (`supervisor/standby/standby-policy.ts`), so that a standby is not given up for what it has filled ahead.
 */
const RESERVE_BYTES = 256 * MB;

/** About how much memory the caches take that are filled from a snapshot of this size. */
export function cachesBytes(snapshotBytes: number): number {
  return snapshotBytes * BYTES_FOR_EACH;
}

/** Whether there is room for caches that are filled ahead. Pure; where nothing is known of the memory there is none. */
export function hasRoomAhead(snapshotBytes: number, memory: MemoryFacts): boolean {
  if (memory.availableBytes === null) return false;
  const freeBytes = Math.min(memory.availableBytes, memory.cgroupHeadroomBytes ?? Number.POSITIVE_INFINITY);
  return freeBytes >= cachesBytes(snapshotBytes) + RESERVE_BYTES;
}
