import {
  databaseFaults,
  diskFaults,
  type FaultKind,
  gatewayFaults,
  type PlannedFault,
  type ProcessFault,
  type Role,
  restFaults,
} from './planned-fault.js';

/** A source of numbers from 0 up to but without 1. */
export type Random = () => number;

export const faultKinds: readonly FaultKind[] = ['process', 'gateway', 'rest', 'database', 'disk', 'clock'];

/** One of them, each as likely as the others. @throws RangeError when there are none. */
export function pick<T>(random: Random, from: readonly T[]): T {
  const chosen = from[Math.floor(random() * from.length)];
  if (chosen === undefined) throw new RangeError('nothing to choose from');
  return chosen;
}

/** A whole number from `low` up to but without `high`. */
export function between(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low));
}

/** What a signal hits, the likelier ones more than once. The last is the machine that goes down. */
const targets: readonly (readonly Role[])[] = [
  ['worker'],
  ['worker'],
  ['worker'],
  ['standby'],
  ['supervisor'],
  ['supervisor'],
  ['worker', 'standby'],
  ['supervisor', 'standby'],
  ['supervisor', 'worker'],
  ['supervisor', 'worker', 'standby'],
  ['supervisor', 'worker', 'standby'],
];
const signals: readonly ProcessFault['signal'][] = ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGSTOP', 'SIGSTOP'];
/** Longer than the watchdog waits for a worker that says nothing, which it then kills. */
const HANG_MS = 4_600;
const clockOffsets = [2_000, 30_000, 400_000, 3_600_000, 5 * 3_600_000] as const;

/** A fault of this kind, with its times and details by chance. */
export function randomFault(kind: FaultKind, random: Random): PlannedFault {
  const when = { atMs: between(random, 0, 500), forMs: between(random, 50, 1_200) };
  switch (kind) {
    case 'process': {
      const signal = pick(random, signals);
      const isHang = signal === 'SIGSTOP' && random() < 0.2;
      return { kind, ...when, ...(isHang && { forMs: HANG_MS }), signal, targets: pick(random, targets) };
    }
    case 'gateway':
      return { kind, ...when, how: pick(random, gatewayFaults) };
    case 'rest':
      return { kind, ...when, how: pick(random, restFaults) };
    case 'database':
      return { kind, ...when, how: pick(random, databaseFaults) };
    case 'disk':
      return { kind, ...when, how: pick(random, diskFaults), leaves: between(random, 0, 20_000) };
    case 'clock': {
      const sign = random() < 0.5 ? -1 : 1;
      const roles = pick(random, [
        ['supervisor', 'worker'],
        ['supervisor', 'worker'],
        ['supervisor'],
        ['worker'],
      ] as const);
      return { kind, ...when, offsetMs: sign * pick(random, clockOffsets), roles };
    }
  }
}
