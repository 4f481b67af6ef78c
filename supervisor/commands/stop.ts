import { setTimeout as sleep } from 'node:timers/promises';
import { isPaused, pausedError } from '../../shared/control/no-answer.js';
import { SupervisorClient } from '../../shared/control/supervisor-client.js';
import { isTuxError } from '../../shared/errors.js';
import { readLockOwner } from '../../shared/instance-lock.js';
import { type LastShutdown, readLastShutdown } from '../../shared/last-shutdown.js';
import type { Paths } from '../../shared/paths.js';
import { livenessOf, type ProcessOwner } from '../../shared/process-identity.js';
import { readHistory } from '../history/run-history.js';
import { signalProcess } from '../worker/process-group.js';

const POLL_MS = 50;
/** One that is paused never ends; somebody may only have paused it for a moment. */
const PAUSE_LIMIT_MS = 10_000;

/** What `tux-supervisor stop` tells: `lastShutdown` is the worker's own account, null when it could not write one. */
export interface StopResult {
  readonly stopped: true;
  readonly tookMs: number;
  readonly lastShutdown: LastShutdown | null;
}

/**
 * Stops the supervisor and waits until it is gone, however far it is with its start or with a stop that goes on already.
 *
 * @throws TuxError TUX_NOT_RUNNING (exit 1) when none runs, TUX_NO_ANSWER (exit 1) when it is paused.
 */
export async function stop(paths: Paths, options: { by: string; now: boolean }): Promise<StopResult> {
  const startedAt = performance.now();
  const owner = await readLockOwner(paths.supervisorLock);
  await requestStop(paths, owner, options);
  if (owner !== null) await waitUntilGone(owner);
  return {
    stopped: true,
    tookMs: Math.round(performance.now() - startedAt),
    lastShutdown: await accountOfLastRun(paths),
  };
}

/** By signal where there is no socket yet, or none any more. One that has ended meanwhile is what was asked for. */
async function requestStop(
  paths: Paths,
  owner: ProcessOwner | null,
  options: { by: string; now: boolean },
): Promise<void> {
  const wasAlive = owner !== null && livenessOf(owner) === 'alive';
  try {
    await new SupervisorClient(paths.stateDir).stop(options);
  } catch (error) {
    if (!wasAlive || !isTuxError(error)) throw error;
    if (error.code === 'TUX_NOT_LISTENING') signalProcess(owner.pid, 'SIGTERM');
    else if (error.code !== 'TUX_NOT_RUNNING') throw error;
  }
}

/** Not our child, so its end cannot be awaited as an event. */
async function waitUntilGone(owner: ProcessOwner): Promise<void> {
  let pausedSince: number | null = null;
  while (livenessOf(owner) === 'alive') {
    pausedSince = isPaused(owner) ? (pausedSince ?? performance.now()) : null;
    if (pausedSince !== null && performance.now() - pausedSince > PAUSE_LIMIT_MS) throw pausedError(owner);
    await sleep(POLL_MS);
  }
}

/** What an earlier run wrote there is not about this end. */
async function accountOfLastRun(paths: Paths): Promise<LastShutdown | null> {
  const [account, runs] = await Promise.all([readLastShutdown(paths.lastShutdown), readHistory(paths.history)]);
  return account !== null && account.runId === runs.at(-1)?.runId ? account : null;
}
