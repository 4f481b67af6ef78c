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

interface LimitFolder {
  readonly folder: string;
  readonly names: readonly string[];
}

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
      const names = isVersion2 ? ['memory.max', 'memory.high'] : ['memory.limit_in_bytes'];
      return upwards(path.join(':')).map((relative) => ({ folder: join(mount, relative), names }));
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

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
