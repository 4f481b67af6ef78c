import type { Clock } from '../clock.js';
import type { ManagedService } from './managed-service.js';

/**
 * Tries again and again to bring a non-critical service back, whatever it failed of: an operator may have put right in
 * the meantime what no retry could. Ends when it runs.
 *
 * @throws the reason of `signal`, at once.
 */
export async function keepRecovering(
  service: ManagedService,
  intervalMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  do {
    await clock.sleep(intervalMs, signal);
  } while (!(await service.recover(signal)));
}
