import { systemClock } from '../../shared/clock.js';
import { toError } from '../../shared/errors.js';
import { ownSignals, type SignalHandlers } from '../../shared/signals.js';

export interface ProcessEventHandlers extends SignalHandlers {
  /** A message of the supervisor, not validated yet. */
  onMessage(message: unknown): void;
  /** The supervisor is gone. */
  onDisconnect(): void;
  /** An error that nobody caught: the state of the process is unknown from here on. */
  onFatal(error: Error, origin: string): void;
}

/** The worker's only use of `process.on`. */
export function ownProcessEvents(handlers: ProcessEventHandlers): void {
  ownSignals(handlers, systemClock);
  process.on('message', (message) => handlers.onMessage(message));
  process.on('disconnect', () => handlers.onDisconnect());
  // Killed while this process was being loaded, the supervisor is gone before anybody listened.
  if (process.send !== undefined && !process.connected) setImmediate(() => handlers.onDisconnect());
  process.on('uncaughtException', (error, origin) => handlers.onFatal(toError(error), origin));
  process.on('unhandledRejection', (reason) => handlers.onFatal(toError(reason), 'unhandledRejection'));
}
