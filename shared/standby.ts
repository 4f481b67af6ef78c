/** What makes the worker's program a standby: it prepares and waits for `activate`, see `shared/ipc-protocol.ts`. */
export const STANDBY_FLAG = '--standby';
/** With {@link STANDBY_FLAG}: before it is prepared it looks at all that could keep its build from serving. */
export const PREFLIGHT_FLAG = '--preflight';

/**
 * A standby beats once where a worker that serves would beat so many times. It sleeps in between, and that it has stopped to live
 * has to be known before it is needed, not at once.
 */
const STANDBY_PACE = 6;

/** Between two heartbeats of a standby, in ms. @param heartbeatMs TUX_HEARTBEAT_INTERVAL_MS. */
export function standbyBeatMs(heartbeatMs: number): number {
  return heartbeatMs * STANDBY_PACE;
}
