import { readdirSync, readFileSync } from 'node:fs';

const TICK_MS = 10; // USER_HZ is 100 on every Linux that Node runs on, see proc(5)

/** What a process has cost so far, or has taken now. */
export interface ProcessCost {
  readonly rssBytes: number;
  /** Its share of the pages that others map, too. */
  readonly pssBytes: number;
  /** Times that one of its threads slept and was woken. */
  readonly wakeUps: number;
  readonly cpuMs: number;
}

/** Reads it from proc(5). */
export function costOf(pid: number): ProcessCost {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(rollup)?.[1]) * 1024;
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [userTicks, systemTicks] = fields.split(' ').slice(11, 13).map(Number);
  return {
    rssBytes: kilobytes('Rss'),
    pssBytes: kilobytes('Pss'),
    wakeUps: wakeUpsOf(pid),
    cpuMs: ((userTicks ?? 0) + (systemTicks ?? 0)) * TICK_MS,
  };
}

function wakeUpsOf(pid: number): number {
  const counts = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]);
  });
  return counts.reduce((sum, count) => sum + count, 0);
}
