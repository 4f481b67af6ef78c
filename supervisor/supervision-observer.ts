import type { ExitCode } from '../shared/exit-codes.js';
import type { RunRecord } from './run-history.js';
import type { Hold } from './supervisor-state.js';

/**
 * Hears what an operator may want to be told, in the order in which it happens. It is called in the middle of the work: it
 * returns at once and does not throw.
 */
export interface SupervisionObserver {
  /** A run has ended, planned or not; one that an earlier supervisor could not record, too. */
  onRunEnded(record: RunRecord): void;
  /** No worker is started until the hold is over. */
  onHold(hold: Hold): void;
  /** Tux serves. */
  onReady(): void;
  /** The supervisor ends by itself with `exitCode`, and Tux stays down. */
  onGaveUp(exitCode: ExitCode, message: string): void;
}
