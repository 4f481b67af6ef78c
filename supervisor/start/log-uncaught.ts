import { toError } from '../../shared/errors.js';
import type { Logger } from '../../shared/logging/logger.js';

/**
 * Writes an error that nobody caught to the log, before Node ends the process because of it: what Node prints on stderr is lost where
 * nobody keeps that. The worker then shuts itself down, as it does whenever its supervisor is gone.
 *
 * @returns what ends that.
 */
export function logUncaught(log: Logger): () => void {
  const note = (thrown: unknown, origin: NodeJS.UncaughtExceptionOrigin) => {
    const err = toError(thrown);
    log.fatal({ event: 'supervisor:uncaught', origin, err }, `❌ A fault of tux-supervisor ends it: ${err.message}`);
  };
  process.on('uncaughtExceptionMonitor', note);
  return () => process.off('uncaughtExceptionMonitor', note);
}
