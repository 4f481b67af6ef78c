import { existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatBytes } from '../../../shared/cli/format.js';
import { type Check, type Finding, fail, ok, quoted, warn } from '../check.js';

const SCARCE_BYTES = 500_000_000;
const SCARCE_SHARE = 0.05;
/** A snapshot of the queue and a rotation of the log must still fit. */
const FULL_BYTES = 50_000_000;
/** PGlite makes about a thousand files. */
const FULL_INODES = 2_000;

/** Whether there is room for state and logs, in bytes and in files. */
export const diskSpaceCheck: Check = {
  name: 'disk space',
  async run({ paths }) {
    const folders = [paths.stateDir, paths.logDir].map(nearest);
    const [state = '/', logs = '/'] = folders;
    const isSame = statSync(state).dev === statSync(logs).dev;
    return Promise.all(
      (isSame ? [state] : [state, logs]).map(async (folder) => judgeDisk(folder, await measure(folder))),
    );
  },
};

/** What a file system has left. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly freeInodes: number;
  /** 0 where the file system makes them as it needs them. */
  readonly totalInodes: number;
}

async function measure(folder: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize, ffree, files } = await statfs(folder);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, freeInodes: ffree, totalInodes: files };
}

/** What to say of a file system with so much room. Pure. @param folder one of ours that lies on it. */
export function judgeDisk(folder: string, space: DiskSpace): Finding {
  const { freeBytes, totalBytes, freeInodes, totalInodes } = space;
  const share = totalBytes === 0 ? 0 : freeBytes / totalBytes;
  const summary = `${formatBytes(freeBytes)} free (${percent(share)}) where ${folder} is`;
  const fix = `see what takes it: sudo du -xh ${quoted(folder)} | sort -h | tail`;
  if (freeBytes < FULL_BYTES) return fail(summary, fix);
  const inodeShare = totalInodes === 0 ? 1 : freeInodes / totalInodes;
  const inodes = `${freeInodes} inodes free (${percent(inodeShare)}) where ${folder} is`;
  const inodeFix = `see what takes them: sudo du -x --inodes ${quoted(folder)} | sort -n | tail`;
  if (totalInodes > 0 && freeInodes < FULL_INODES) return fail(inodes, inodeFix);
  if (freeBytes < SCARCE_BYTES || share < SCARCE_SHARE) return warn(summary, fix);
  if (inodeShare < SCARCE_SHARE) return warn(inodes, inodeFix);
  return ok(summary);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** The folder, or the one in which it will be made. */
function nearest(folder: string): string {
  let at = folder;
  while (!existsSync(at) && at !== dirname(at)) at = dirname(at);
  return at;
}
