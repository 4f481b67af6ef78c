/** Which process of an installation. */
export type Role = 'worker' | 'standby' | 'supervisor';

/** When a fault begins, counted from the moment the traffic flows, and how long it lasts, in ms. One without a length is over at once. */
interface When {
  readonly atMs: number;
  readonly forMs: number;
}

/** A signal to one process or several at once; SIGSTOP is followed by SIGCONT when its time is over. */
export interface ProcessFault extends When {
  readonly kind: 'process';
  readonly signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP';
  readonly targets: readonly Role[];
}

export interface GatewayFault extends When {
  readonly kind: 'gateway';
  readonly how: (typeof gatewayFaults)[number];
}

export interface RestFault extends When {
  readonly kind: 'rest';
  readonly how: (typeof restFaults)[number];
}

export interface DatabaseFault extends When {
  readonly kind: 'database';
  readonly how: (typeof databaseFaults)[number];
}

/** What is wrong with the state folder. `leaves` is how many bytes of it are left free by `full`. */
export interface DiskFault extends When {
  readonly kind: 'disk';
  readonly how: (typeof diskFaults)[number];
  readonly leaves: number;
}

/** The wall clock of these processes shows another time, and then the right one again. */
export interface ClockFault extends When {
  readonly kind: 'clock';
  readonly offsetMs: number;
  readonly roles: readonly ('supervisor' | 'worker')[];
}

export type PlannedFault = ProcessFault | GatewayFault | RestFault | DatabaseFault | DiskFault | ClockFault;
export type FaultKind = PlannedFault['kind'];

export const gatewayFaults = [
  'cut',
  'freeze',
  'invalidate',
  'down',
  'mute acks',
  'reconnect',
  'refuse resume',
] as const;
export const restFaults = ['fail', 'hang', 'reset', 'lose answers', 'lag'] as const;
export const databaseFaults = ['crash', 'freeze', 'restart'] as const;
export const diskFaults = ['full', 'no files', 'forbidden', 'limit', 'no sync'] as const;

/** The fault in words, without its times. */
export function describeFault(fault: PlannedFault): string {
  switch (fault.kind) {
    case 'process':
      return `${fault.signal} to ${fault.targets.join(', ')}`;
    case 'disk':
      return fault.how === 'full' ? `disk: full but for ${fault.leaves} bytes` : `disk: ${fault.how}`;
    case 'clock':
      return `clock of ${fault.roles.join(' and ')} ${fault.offsetMs > 0 ? '+' : ''}${fault.offsetMs / 1_000} s`;
    default:
      return `${fault.kind}: ${fault.how}`;
  }
}
