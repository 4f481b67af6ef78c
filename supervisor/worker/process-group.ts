import { readdirSync, readFileSync } from 'node:fs';
import { errnoOf } from '../../shared/errors.js';
import { readProcStat } from '../../shared/process-identity.js';

/** Marks every descendant of a worker, also one that left its process group: children inherit the environment. */
export const RUN_ID_VARIABLE = 'TUX_RUN_ID';

/** Sends `signal` to the whole process group that `leaderPid` leads or led. False when no such group is left. */
export function signalGroup(leaderPid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-leaderPid, signal);
    return true;
  } catch (error) {
    // EPERM: members exist but changed their user; nothing more can be done about them.
    if (errnoOf(error) === 'ESRCH' || errnoOf(error) === 'EPERM') return false;
    throw error;
  }
}

/**
 * Kills what a worker left behind: its process group, and descendants that made a group of their own (`setsid`), found by
 * the run id in their environment, see proc(5). Without /proc only the group.
 *
 * @returns the pids of those that had left the group.
 */
export function killRemainders(leaderPid: number, runId: string): number[] {
  signalGroup(leaderPid, 'SIGKILL');
  // Those of the group die, too, but may take a moment to be gone.
  const runaways = findByRunId(runId).filter((pid) => (readProcStat(pid)?.processGroup ?? leaderPid) !== leaderPid);
  for (const pid of runaways) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it ended by itself meanwhile
    }
  }
  return runaways;
}

/** Pids of the processes that carry this run id in their environment, as far as we may read it. */
function findByRunId(runId: string): number[] {
  const marker = `${RUN_ID_VARIABLE}=${runId}`;
  return listPids().filter((pid) => pid !== process.pid && readEnvironment(pid).includes(marker));
}

/** `NAME=value` entries of another process; empty when it is gone or not ours to see. */
export function readEnvironment(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function listPids(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}
