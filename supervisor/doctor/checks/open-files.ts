import { readdirSync, readFileSync } from 'node:fs';
import { type Check, type Finding, ok, skipped, warn } from '../check.js';

/** The sockets, files and pipes of a bot are some dozens; below this a busy one may run out. */
const LEAST = 1_024;
const NEARLY_ALL = 0.8;

/** Whether supervisor and bot may open enough files, and have some left. */
export const openFilesCheck: Check = {
  name: 'open files',
  run({ status }) {
    const pids =
      status === null ? [process.pid] : [status.supervisor.pid, ...(status.worker ? [status.worker.pid] : [])];
    const read = pids.map((pid) => ({ pid, limit: readLimit(pid), open: countOpen(pid) }));
    const findings = read.flatMap(({ pid, limit, open }) => (limit === null ? [] : judgeOpenFiles(pid, limit, open)));
    if (findings.length > 0) return findings;
    const [first] = read;
    return first?.limit == null ? skipped('no /proc here') : ok(`at most ${first.limit} per process`);
  },
};

/** @param limit infinity without one. @param open how many are, null when that is not ours to see. */
export function judgeOpenFiles(pid: number, limit: number, open: number | null): Finding[] {
  const fix = 'raise it: ulimit -n 4096 in a shell, LimitNOFILE=4096 with systemctl edit tux';
  if (open !== null && open > limit * NEARLY_ALL) return [warn(`pid ${pid} has ${open} of ${limit} open`, fix)];
  return limit < LEAST ? [warn(`at most ${limit} per process (pid ${pid})`, fix)] : [];
}

/** The soft limit, see proc(5); null when the process is not ours to see. */
function readLimit(pid: number): number | null {
  try {
    const soft = /^Max open files\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1];
    if (soft === undefined) return null;
    return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return null;
  }
}

function countOpen(pid: number): number | null {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return null;
  }
}
