import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { z } from 'zod';
import { errnoOf } from './errors.js';
import { isoTime } from './iso-time.js';
import { uniqueId } from './unique-id.js';

/**
 * Who holds a lock, precisely enough that a reused pid, a reboot or a container restart is never mistaken for the owner.
 * `startTicks` and `bootId` come from proc(5) and are null where there is no /proc.
 */
export const processOwnerSchema = z.object({
  pid: z.number().int().positive(),
  /** Field 22 of /proc/PID/stat: clock ticks between boot and the start of the process. */
  startTicks: z.number().int().nonnegative().nullable(),
  /** /proc/sys/kernel/random/boot_id: another value means that the machine was rebooted. */
  bootId: z.string().nullable(),
  /** What /proc/self/ns/pid names: a pid means something only to processes of the same namespace, see pid_namespaces(7). */
  pidNamespace: z.string().nullable().default(null),
  hostname: z.string(),
  exe: z.string(),
  cwd: z.string(),
  /** ISO-8601 UTC. */
  createdAt: z.iso.datetime(),
  /** Unique per acquisition: tells one's own record from a successor's. */
  nonce: z.string(),
});
export type ProcessOwner = z.infer<typeof processOwnerSchema>;

/** `other-namespace`: under this kernel, but in another container, where its pid is that of somebody else. */
export type Liveness = 'alive' | 'dead' | 'other-namespace' | 'other-host';

interface ProcStat {
  /** One letter: R, S, D, T (stopped), t (traced), Z (zombie), X (dead) … */
  readonly state: string;
  readonly startTicks: number;
  readonly processGroup: number;
}

/** Reads /proc/PID/stat; null when there is no such process or no /proc. */
export function readProcStat(pid: number): ProcStat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The second field, the command in brackets, may itself contain spaces and brackets: start after the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '?', processGroup: Number(fields[2]), startTicks: Number(fields[19]) };
}

function readBootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}

function readPidNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

/** The record of the calling process, made afresh with its own nonce. */
export function describeThisProcess(now: Date = new Date()): ProcessOwner {
  return {
    pid: process.pid,
    startTicks: readProcStat(process.pid)?.startTicks ?? null,
    bootId: readBootId(),
    pidNamespace: readPidNamespace(),
    hostname: hostname(),
    exe: process.execPath,
    cwd: process.cwd(),
    createdAt: isoTime(now),
    nonce: uniqueId(),
  };
}

/** True while a process with this pid exists and is not a zombie. A process of another user counts as existing. */
export function isPidAlive(pid: number): boolean {
  if (!exists(pid)) return false;
  const stat = readProcStat(pid);
  // Its parent may have reaped it between the two questions. Where there is no /proc, the answer stays the same.
  if (stat === null) return exists(pid);
  return stat.state !== 'Z' && stat.state !== 'X';
}

/** A zombie exists, too. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

type Whereabouts = Pick<ProcessOwner, 'pid' | 'startTicks' | 'bootId' | 'pidNamespace' | 'hostname' | 'createdAt'>;

/**
 * Whether the process that wrote `owner` still runs, as far as its pid can tell. A pid that lives but started at another tick,
 * or in an earlier boot, was reused by somebody else: dead. A pid of another container or another host says nothing here, and
 * neither does a hostname: two machines may have the same one (the pod of a StatefulSet has it on each node).
 */
export function livenessOf(owner: Whereabouts): Liveness {
  const bootId = readBootId();
  const isKnown = owner.bootId !== null && bootId !== null;
  const isSameBoot = isKnown && owner.bootId === bootId;
  const isSameHost = owner.hostname === hostname();
  // The number of a namespace that is gone may be given to the next one: then the hostname tells the two apart, and where
  // that is the same as well, no process of ours can have the pid and the start of one that is gone.
  if (isSameBoot && (!isSameHost || isAnotherNamespace(owner.pidNamespace))) return 'other-namespace';
  if (!isSameHost) return 'other-host';
  if (isKnown && !isSameBoot) return isBeforeThisBoot(Date.parse(owner.createdAt)) ? 'dead' : 'other-host';
  const stat = readProcStat(owner.pid);
  if (owner.startTicks !== null && stat !== null && stat.startTicks !== owner.startTicks) return 'dead';
  return isPidAlive(owner.pid) ? 'alive' : 'dead';
}

/** Whether a record is of another boot, which may be an earlier one of this machine or one of another machine. */
export function isOfOtherBoot({ bootId }: Pick<ProcessOwner, 'bootId'>): boolean {
  const own = readBootId();
  return bootId !== null && own !== null && bootId !== own;
}

/** What happened since this machine was booted was not done in an earlier boot of it. @param at wall-clock ms. */
export function isBeforeThisBoot(at: number): boolean {
  return at < Date.now() - uptime() * 1_000;
}

/** False where one of the two is not known. */
function isAnotherNamespace(pidNamespace: string | null): boolean {
  const own = readPidNamespace();
  return pidNamespace !== null && own !== null && pidNamespace !== own;
}

/** `pid 4711 on host-a since 2026-01-01T00:00:00.000Z`: how messages name an owner. */
export function formatOwner(owner: ProcessOwner): string {
  return `pid ${owner.pid} on ${owner.hostname} since ${owner.createdAt}`;
}

/** What the process is executing, from /proc; undefined when it is gone or not ours to see. */
export function readExePath(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}
