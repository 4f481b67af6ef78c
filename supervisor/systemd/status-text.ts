import type { Status } from '../../shared/control/status.js';

/** `systemctl status` shows it in one line. */
const MAX_LENGTH = 300;

/** What the supervisor is doing, in one line: the `Status:` of `systemctl status`. Pure. */
export function statusText(status: Status): string {
  return oneLine(describe(status));
}

/** Makes a text fit for STATUS=, which ends at a line break, and for a command line, which holds no NUL. */
export function oneLine(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length <= MAX_LENGTH ? line : `${line.slice(0, MAX_LENGTH - 1)}…`;
}

function describe(status: Status): string {
  const { state, hold, backoff } = status;
  if (state === 'HELD' && hold) return `Held until ${time(hold.until)}: ${hold.reason}`;
  if (state === 'BACKOFF' && backoff) return `Waiting until ${time(backoff.until)} to start Tux: ${backoff.reason}`;
  if (state === 'STARTING') return describeStart(status);
  if (state === 'RUNNING') return describeRun(status);
  return state === 'STOPPING' ? 'Stopping' : 'Restarting Tux';
}

function describeStart({ worker }: Status): string {
  const busy = (worker?.services ?? []).filter(({ stage }) => stage === 'initializing').map(({ name }) => name);
  return busy.length === 0 ? 'Starting Tux' : `Starting Tux: ${busy.join(', ')}`;
}

function describeRun({ ready, readiness, worker }: Status): string {
  if (!ready) return `Not serving: ${readiness.problems.join('; ')}`;
  const guilds = worker?.gateway?.guilds;
  const serving = guilds === undefined ? 'Serving' : `Serving ${guilds} ${guilds === 1 ? 'guild' : 'guilds'}`;
  return worker?.degraded ? `${serving}, degraded` : serving;
}

/** `2026-01-02 03:04:05 UTC` */
function time(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}
