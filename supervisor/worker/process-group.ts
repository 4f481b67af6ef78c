import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
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

/** So many processes are looked at in one turn of the event loop, in a third of a millisecond: the next worker starts meanwhile. */
const LOOKS_PER_TURN = 8;

/**
 * Kills what a worker left behind: its process group, and descendants that made a group of their own (`setsid`), found by
 * the run id in their environment, see proc(5). Without /proc only the group.
 */
export async function killRemainders(leaderPid: number, runId: string): Promise<void> {
  signalGroup(leaderPid, 'SIGKILL');
  await killRunaways(leaderPid, runId);
}

/**
 * Kills the descendants of a worker that left its process group.
 *
 * @returns their pids.
 */
export async function killRunaways(leaderPid: number, runId: string): Promise<number[]> {
  const marker = `${RUN_ID_VARIABLE}=${runId}`;
  const runaways: number[] = [];
  await nextTurn(); // whoever waits for the end of the worker comes first
  for (const [index, pid] of listPids().entries()) {
    if (index % LOOKS_PER_TURN === LOOKS_PER_TURN - 1) await nextTurn();
    if (pid === process.pid || !readEnvironment(pid).includes(marker)) continue;
    // Those of the group die, too, but may take a moment to be gone.
    if ((readProcStat(pid)?.processGroup ?? leaderPid) === leaderPid) continue;
    runaways.push(pid);
    signalProcess(pid, 'SIGKILL');
  }
  return runaways;
}

/** Signals one process. That it has ended meanwhile is no error, nor that it is somebody else's by now. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // nothing is left to do about it
  }
}

/** `NAME=value` entries of another process; empty when it is gone or not ours to see. */
export function readEnvironment(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Whether a process has begun to end: it has no program any more, nor an environment to know it by. */
export function isLeaving(pid: number): boolean {
  try {
    readlinkSync(`/proc/${pid}/exe`);
    return false;
  } catch (error) {
    return errnoOf(error) === 'ENOENT';
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
