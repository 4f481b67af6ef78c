import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { formatBytes } from '../../../shared/cli/format.js';
import { readCgroupMemoryLimit } from '../../limits/cgroup-memory.js';
import { type Check, type Finding, fail, ok, warn } from '../check.js';

/** What the supervisor and a bot with PostgreSQL take on a few servers, and what the embedded database adds. */
const NEEDED_BYTES = 300_000_000;
const EMBEDDED_BYTES = 300_000_000;
/** While it runs already, for what comes and goes. */
const RESERVE_BYTES = 100_000_000;
const NOTHING_BYTES = 50_000_000;

export const memoryCheck: Check = {
  name: 'memory',
  run({ status, env }) {
    const pid = status?.supervisor.pid ?? 'self';
    return judgeMemory({
      availableBytes: readAvailable() ?? freemem(),
      totalBytes: totalmem(),
      // The limit that counts is that of the service, not of the shell that asks.
      limitBytes: readCgroupMemoryLimit({ membership: `/proc/${pid}/cgroup`, root: '/sys/fs/cgroup' }),
      isRunning: status?.worker != null,
      isEmbedded: env.DATABASE_URL === undefined,
    });
  },
};

export interface MemoryFacts {
  /** That a program could get without swapping. */
  readonly availableBytes: number;
  readonly totalBytes: number;
  /** Of the control group; null without one. */
  readonly limitBytes: number | null;
  /** Tux has got its memory already. */
  readonly isRunning: boolean;
  readonly isEmbedded: boolean;
}

export function judgeMemory({ availableBytes, totalBytes, limitBytes, isRunning, isEmbedded }: MemoryFacts): Finding {
  const needed = NEEDED_BYTES + (isEmbedded ? EMBEDDED_BYTES : 0);
  const limit = limitBytes === null ? 'no limit' : `limit ${formatBytes(limitBytes)}`;
  const summary = `${formatBytes(availableBytes)} of ${formatBytes(totalBytes)} available, ${limit}`;
  const fix = 'see what takes it: ps aux --sort=-rss | head';
  if (availableBytes < NOTHING_BYTES) return fail(summary, fix);
  if (limitBytes !== null && limitBytes < needed) {
    return warn(
      `${summary}: Tux takes about ${formatBytes(needed)}`,
      'raise the limit, of a service with systemctl edit tux: MemoryMax=',
    );
  }
  if (availableBytes < (isRunning ? RESERVE_BYTES : needed)) {
    return warn(isRunning ? summary : `${summary}: Tux takes about ${formatBytes(needed)}`, fix);
  }
  return ok(summary);
}

/** `MemAvailable` of /proc/meminfo: what is free, and what caches would give back. Null where it cannot be read. */
function readAvailable(): number | null {
  try {
    const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1_024;
  } catch {
    return null;
  }
}
