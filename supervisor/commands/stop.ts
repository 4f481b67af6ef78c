import { setTimeout as sleep } from 'node:timers/promises';
import { SupervisorClient } from '../../shared/control/supervisor-client.js';
import { readLockOwner } from '../../shared/instance-lock.js';
import { type LastShutdown, readLastShutdown } from '../../shared/last-shutdown.js';
import type { Paths } from '../../shared/paths.js';
import { livenessOf } from '../../shared/process-identity.js';

const POLL_MS = 50;

/** What `tux-supervisor stop` tells: `lastShutdown` is the worker's own account, null when it could not write one. */
export interface StopResult {
  readonly stopped: true;
  readonly tookMs: number;
  readonly lastShutdown: LastShutdown | null;
}

/**
 * Stops the supervisor and waits until it is gone.
 *
 * @throws TuxError TUX_NOT_RUNNING (exit 1) when none runs.
 */
export async function stop(paths: Paths, options: { by: string; now: boolean }): Promise<StopResult> {
  const startedAt = performance.now();
  const owner = await readLockOwner(paths.supervisorLock);
  await new SupervisorClient(paths.stateDir).stop(options);
  // Not our child, so its end cannot be awaited as an event.
  while (owner !== null && livenessOf(owner) === 'alive') await sleep(POLL_MS);
  return {
    stopped: true,
    tookMs: Math.round(performance.now() - startedAt),
    lastShutdown: await readLastShutdown(paths.lastShutdown),
  };
}
