import { readFileSync } from 'node:fs';
import { readCgroupHeadroom } from './cgroup-memory.js';

/** How much memory there is to be had. */
export interface MemoryFacts {
  /** What the machine can give without swapping: `MemAvailable`, see proc_meminfo(5). Null where that cannot be read. */
  readonly availableBytes: number | null;
  /** What the control group allows on top of what it uses; null without a limit. */
  readonly cgroupHeadroomBytes: number | null;
}

export function readMemoryFacts(meminfo = '/proc/meminfo'): MemoryFacts {
  return { availableBytes: readAvailable(meminfo), cgroupHeadroomBytes: readCgroupHeadroom() };
}

function readAvailable(path: string): number | null {
  try {
    const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync(path, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
