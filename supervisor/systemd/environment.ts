/** What systemd told this process at its start. */
export interface SystemdContact {
  /** Where notifications go: a path, or a name in the abstract namespace (`@…`). */
  readonly socket: string;
  /** The service is restarted when it says nothing for this long; null without a watchdog. */
  readonly watchdogMs: number | null;
}

/**
 * Reads NOTIFY_SOCKET and WATCHDOG_* as sd_notify(3) and sd_watchdog_enabled(3) do, and takes them out of `environment`: what
 * this process starts must not speak in its name.
 *
 * @returns null when nobody listens.
 */
export function takeSystemdContact(
  environment: Record<string, string | undefined>,
  pid: number,
): SystemdContact | null {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC, WATCHDOG_PID } = environment;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name];
  if (!socket) return null;
  const isMeant = WATCHDOG_PID === undefined || WATCHDOG_PID === String(pid);
  const watchdogMs = Number(WATCHDOG_USEC ?? Number.NaN) / 1_000;
  return { socket, watchdogMs: isMeant && watchdogMs > 0 ? watchdogMs : null };
}
