import { formatDuration } from '../../shared/cli/format.js';
import type { Readiness } from '../../shared/control/status.js';
import { DISPATCH_ANSWER_LIMIT_MS } from '../../shared/control/worker-readiness.js';
import type { GatewayStatus } from '../../shared/ipc-protocol.js';
import type { Pause } from '../restart/restart-pause.js';

/**
 * Discord wants a heartbeat every 41.25 s and acknowledges it at once: with no word after one and a half of these, the
 * connection is dead, whatever the library says (it keeps the last ping for ever, see `bot/discord/gateway-health`).
 */
const ACK_LIMIT_MS = 62_000;
/** The worker asks for a dispatch when none has come for half a minute: so this much silence is no quiet night. */
const DISPATCH_LIMIT_MS = 60_000;

/** What is known of Tux, from its last heartbeat or from what it just answered. */
export interface ReadinessFacts {
  readonly isStopping: boolean;
  readonly pause: Pick<Pause, 'kind' | 'until'> | null;
  readonly worker: {
    /** It said `ready`. */
    readonly wasReady: boolean;
    readonly isClosing: boolean;
    /** How long it has said nothing; null before its first heartbeat. */
    readonly silentMs: number | null;
    /** The longest silence that is still normal. */
    readonly silenceLimitMs: number;
    readonly gateway: GatewayStatus | null;
    /** Null when the database answers, or nothing is known of it yet. */
    readonly databaseProblem: string | null;
  } | null;
}

/** Whether Tux serves, and everything that keeps it from that. Pure. */
export function readinessOf(facts: ReadinessFacts): Readiness {
  const problems = facts.isStopping ? ['Tux is being stopped'] : problemsOf(facts);
  return { ready: problems.length === 0, problems };
}

function problemsOf({ worker, pause }: ReadinessFacts): string[] {
  if (pause) return [`no worker: ${pause.kind === 'HELD' ? 'held' : 'waiting to start it again'} until ${pause.until}`];
  if (!worker) return ['no worker'];
  if (worker.isClosing) return ['the worker is shutting down'];
  if (!worker.wasReady) return ['Tux is still starting'];
  const { silentMs, silenceLimitMs, gateway, databaseProblem } = worker;
  if (silentMs !== null && silentMs > silenceLimitMs)
    return [`the worker has said nothing for ${formatDuration(silentMs)}`];
  const problems = gateway === null ? [] : gatewayProblems(gateway);
  if (databaseProblem !== null) problems.push(`the database does not answer: ${databaseProblem}`);
  return problems;
}

function gatewayProblems(gateway: GatewayStatus): string[] {
  const { status, lastAckAgeMs, lastDispatchAgeMs, downForMs } = gateway;
  if (status !== 'ready') return [`the gateway is ${status}, for ${formatDuration(downForMs)}`];
  const problems: string[] = [];
  if (lastAckAgeMs !== null && lastAckAgeMs > ACK_LIMIT_MS) {
    problems.push(`the gateway has acknowledged nothing for ${formatDuration(lastAckAgeMs)}`);
  }
  if (lastDispatchAgeMs !== null && isSilent(gateway, lastDispatchAgeMs)) {
    problems.push(`the gateway has sent no events for ${formatDuration(lastDispatchAgeMs)}`);
  }
  return problems;
}

/** Without a guild there is nothing that the worker could ask for, and nothing that Discord has to tell. */
function isSilent({ guilds, unansweredMs }: GatewayStatus, lastDispatchAgeMs: number): boolean {
  return unansweredMs >= DISPATCH_ANSWER_LIMIT_MS || (guilds > 0 && lastDispatchAgeMs > DISPATCH_LIMIT_MS);
}
