import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where Linux shows the control groups, see cgroups(7). */
const CGROUP_ROOT = '/sys/fs/cgroup';
/** Version 1 shows "no limit" as the largest number of pages; nothing that large is a limit. */
const NO_LIMIT_FROM = 2 ** 60;

/** Where the files are; another root in tests. */
export interface CgroupFiles {
  /** `/proc/self/cgroup`. */
  readonly membership: string;
  readonly root: string;
}

const ownFiles: CgroupFiles = { membership: '/proc/self/cgroup', root: CGROUP_ROOT };

/**
 * What the control group of this process, and those around it, allow it in memory: systemd's `MemoryMax=` and `MemoryHigh=`, or
 * the limit of a container. Version 2 of control groups and version 1.
 *
 * @returns bytes; null without a limit, or where none can be read.
 */
export function readCgroupMemoryLimit(files: CgroupFiles = ownFiles): number | null {
  const limits = foldersOf(files).flatMap(({ folder, names }) => names.map((name) => readLimit(join(folder, name))));
  const finite = limits.filter((limit) => limit !== null);
  return finite.length === 0 ? null : Math.min(...finite);
}

/**
 * How much more memory the control group of this process, and those around it, leave: the least of limit − use, where caches of
 * files that can be given back do not count as use.
 *
 * @returns bytes; null without a limit, or where none can be read.
 */
export function readCgroupHeadroom(files: CgroupFiles = ownFiles): number | null {
  const headrooms = foldersOf(files).flatMap(({ folder, names, usage, reclaimable }) => {
    const limits = names.map((name) => readLimit(join(folder, name))).filter((limit) => limit !== null);
    const used = readLimit(join(folder, usage));
    if (limits.length === 0 || used === null) return [];
    return [Math.min(...limits) - (used - readStatistic(join(folder, 'memory.stat'), reclaimable))];
  });
  return headrooms.length === 0 ? null : Math.max(0, Math.min(...headrooms));
}

interface LimitFolder {
  readonly folder: string;
  /** Files with limits. */
  readonly names: readonly string[];
  /** The file with what is used. */
  readonly usage: string;
  /** What of it could be given back: a line of `memory.stat`. */
  readonly reclaimable: string;
}

const VERSION_2 = {
  names: ['memory.max', 'memory.high'],
  usage: 'memory.current',
  reclaimable: 'inactive_file',
} as const;
const VERSION_1 = {
  names: ['memory.limit_in_bytes'],
  usage: 'memory.usage_in_bytes',
  reclaimable: 'total_inactive_file',
} as const;

function foldersOf({ membership, root }: CgroupFiles): LimitFolder[] {
  return readText(membership)
    .split('\n')
    .flatMap((line) => {
      // `0::/system.slice/tux.service` in version 2, `9:memory:/system.slice/tux.service` in version 1
      const [, controllers = '', ...path] = line.split(':');
      if (path.length === 0) return [];
      const isVersion2 = line.startsWith('0::');
      if (!isVersion2 && !controllers.split(',').includes('memory')) return [];
      const mount = isVersion2 ? root : join(root, 'memory');
      const version = isVersion2 ? VERSION_2 : VERSION_1;
      return upwards(path.join(':')).map((relative) => ({ folder: join(mount, relative), ...version }));
    });
}

/** `/a/b` → `/a/b`, `/a`, `/`: a limit of any of them holds. */
function upwards(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '..');
  return Array.from({ length: parts.length + 1 }, (_, left) => `/${parts.slice(0, parts.length - left).join('/')}`);
}

function readLimit(path: string): number | null {
  const text = readText(path).trim();
  if (!/^\d+$/.test(text)) return null; // `max`, or no such file
  const bytes = Number(text);
  return bytes < NO_LIMIT_FROM ? bytes : null;
}

/** A line of `NAME NUMBER`; 0 without one. */
function readStatistic(path: string, name: string): number {
  const line = readText(path)
    .split('\n')
    .find((line) => line.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
