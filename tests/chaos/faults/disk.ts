import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DiskFault } from '../plan/planned-fault.js';
import type { Heal, Inflict, Victim } from './fault.js';

/** What happens to the disk with the state folder. All of it works without being root. */
export const disturbDisk: Inflict<DiskFault> = async (fault, victim) => {
  const { how, leaves } = fault;
  victim.note(how === 'full' ? `disk: full but for ${leaves} bytes` : `disk: ${how}`);
  switch (how) {
    case 'full':
      return fill(victim.disk, leaves);
    case 'no files':
      return useUpFiles(victim.disk);
    case 'forbidden':
      return forbid(victim.installation.paths.stateDir);
    case 'limit':
      return limit(victim);
    case 'no sync':
      return failSync(victim);
  }
};

/** Takes all room but for `leaves` bytes: ENOSPC in the midst of a write. */
function fill(disk: string, leaves: number): Heal {
  const ballast = join(disk, 'ballast');
  // Tux writes meanwhile: what was free a moment ago may not be any more.
  for (let isFull = false; !isFull; ) {
    const { bavail, bsize } = statfsSync(disk);
    const bytes = bavail * bsize - leaves;
    isFull = bytes <= 0 || allocate(ballast, bytes);
  }
  return () => rmSync(ballast, { force: true });
}

function allocate(path: string, bytes: number): boolean {
  return succeeds('fallocate', '--length', String(bytes), path);
}

/** ENOSPC for each new file, while those that are there can grow: a disk without inodes. */
function useUpFiles(disk: string): Heal {
  const made: string[] = [];
  try {
    for (let number = 0; ; number += 1) {
      const path = join(disk, `file-${number}`);
      writeFileSync(path, '');
      made.push(path);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
  return () => {
    for (const path of made) rmSync(path);
  };
}

/** EACCES for each new file. */
function forbid(folder: string): Heal {
  chmodSync(folder, 0o500);
  return () => chmodSync(folder, 0o700);
}

/** EFBIG for each write of those who run now, and those that they start: `ulimit -f 0`. */
function limit({ installation }: Victim): Heal {
  const limited = installation.processes().filter((pid) => setLimit(pid, '0'));
  return () => {
    // Their children got the limit from them.
    for (const pid of new Set([...limited, ...installation.processes()])) setLimit(pid, 'unlimited');
  };
}

/** @returns false for a process that has ended. */
function setLimit(pid: number, bytes: string): boolean {
  return succeeds('prlimit', `--fsize=${bytes}:`, '--pid', String(pid));
}

/** @throws when there is no such program: a fault that is not done would look like one that Tux withstands. */
function succeeds(program: string, ...args: readonly string[]): boolean {
  const { status, error } = spawnSync(program, args, { stdio: 'ignore' });
  if (error) throw error;
  return status === 0;
}

/** EIO at each fsync: what was written may or may not be on the disk. */
async function failSync({ installation }: Victim): Promise<Heal> {
  await installation.setInnerFaults({ isSyncFailing: true });
  return () => installation.setInnerFaults({ isSyncFailing: false });
}
