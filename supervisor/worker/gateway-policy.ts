import { formatDuration } from '../../shared/cli/format.js';
import type { GatewayStatus } from '../../shared/ipc-protocol.js';

/**
 * Whether a connection to Discord is given up, and the worker restarted: it is down, or it acknowledges heartbeats but sends no
 * events though it was asked for one. discord.js mends the first by itself and does not notice the second at all. Pure.
 *
 * @returns why, in words for people; null while it is not.
 */
export function gatewayFailure({ downForMs, unansweredMs }: GatewayStatus, limitMs: number): string | null {
  if (downForMs > limitMs) return `the gateway has been down for ${formatDuration(downForMs)}`;
  if (unansweredMs > limitMs) {
    return `the gateway has sent no events for ${formatDuration(unansweredMs)}, though it was asked for one`;
  }
  return null;
}
