import { freemem, totalmem } from 'node:os';
import { readCgroupHeadroom, readCgroupMemoryLimit } from '../../../shared/cgroup-memory.js';
import { formatBytes } from '../../../shared/cli/format.js';
import type { Environment } from '../../../shared/config/schema.js';
import { readMemoryFacts } from '../../../shared/memory-facts.js';
import { decideStandby } from '../../standby/standby-policy.js';
import { type Check, type Finding, fail, ok, warn } from '../check.js';

/** What the supervisor and a bot with PostgreSQL take on a few servers, and what the embedded database adds. */
const NEEDED_BYTES = 300_000_000;
const EMBEDDED_BYTES = 300_000_000;
/** While it runs already, for what comes and goes. */
const RESERVE_BYTES = 100_000_000;
const NOTHING_BYTES = 50_000_000;

/** Whether there is memory for Tux and for a standby. */
export const memoryCheck: Check = {
  name: 'memory',
  run({ status, env }) {
    // The limit that counts is that of the service, not of the shell that asks.
    const group = { membership: `/proc/${status?.supervisor.pid ?? 'self'}/cgroup`, root: '/sys/fs/cgroup' };
    return judgeMemory({
      availableBytes: readMemoryFacts().availableBytes ?? freemem(),
      totalBytes: totalmem(),
      limitBytes: readCgroupMemoryLimit(group),
      headroomBytes: readCgroupHeadroom(group),
      standby: env.TUX_STANDBY ?? 'auto',
      isStandbyThere: status?.standby?.pid != null,
      isRunning: status?.worker != null,
      isEmbedded: env.DATABASE_URL === undefined,
    });
  },
};

/** The memory of the machine, of the control group, and what Tux wants of it. */
export interface MemoryFacts {
  /** That a program could get without swapping. */
  readonly availableBytes: number;
  readonly totalBytes: number;
  /** Of the control group; null without one. */
  readonly limitBytes: number | null;
  /** What the control group leaves; null without a limit. */
  readonly headroomBytes: number | null;
  readonly standby: Environment['TUX_STANDBY'];
  readonly isStandbyThere: boolean;
  /** Tux has got its memory already. */
  readonly isRunning: boolean;
  readonly isEmbedded: boolean;
}

/** What to say of so much memory: whether Tux fits, and a standby beside it. Pure. */
export function judgeMemory(facts: MemoryFacts): Finding {
  const { availableBytes, totalBytes, limitBytes, isRunning, isEmbedded } = facts;
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
  return judgeStandby(facts, summary);
}

/** Whether a standby fits beside Tux. With `auto` it is just not there where it does not. */
function judgeStandby(facts: MemoryFacts, summary: string): Finding {
  const { standby, isStandbyThere, isRunning, isEmbedded, availableBytes, headroomBytes } = facts;
  if (standby === 'off') return ok(summary);
  const stillNeeded = isRunning ? 0 : NEEDED_BYTES + (isEmbedded ? EMBEDDED_BYTES : 0);
  const memory = {
    availableBytes: availableBytes - stillNeeded,
    cgroupHeadroomBytes: headroomBytes === null ? null : headroomBytes - stillNeeded,
  };
  const { isWanted } = decideStandby({ mode: 'auto', memory, isThere: isStandbyThere, lastBytes: null });
  if (isWanted) return ok(summary);
  if (standby === 'auto') return ok(`${summary}; too little for a standby, which makes a restart quick`);
  return warn(`${summary}: too little for a standby`, 'set TUX_STANDBY=auto, so that it makes room when Tux needs it');
}
