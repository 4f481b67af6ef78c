import type { PostgresServer } from '../../support/postgres.js';
import type { Installation } from '../installation.js';
import type { PlannedFault, Role } from '../plan/planned-fault.js';

/** What faults are done to. */
export interface Victim {
  readonly installation: Installation;
  readonly postgres: PostgresServer;
  /** The folder of the small disk that holds the state folder. */
  readonly disk: string;
  /** Notes in the timeline of the round what was done. */
  readonly note: (text: string) => void;
  /** Notes a signal that was sent. */
  readonly noteSignal: (signal: SentSignal) => void;
}

/** A signal as it was sent. */
export interface SentSignal {
  readonly pid: number;
  readonly role: Role;
  readonly signal: NodeJS.Signals;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Puts right what a fault has done. */
export type Heal = () => Promise<void> | void;

/** Does what is planned. @returns what takes it back when its time is over. */
export type Inflict<F extends PlannedFault> = (fault: F, victim: Victim) => Promise<Heal>;
