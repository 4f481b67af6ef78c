import { formatCount } from '../../shared/cli/format.js';
import type { GatewaySession } from '../../shared/control/gateway-session.js';

/** `resumed, 12 events repeated (10 dealt with before), gap 48 ms`: how a run came by its gateway session, for people. */
export function describeSession({ how, reason, replayed, suppressed, stale, gapMs }: GatewaySession): string {
  if (how === 'identified') return `new, by IDENTIFY${reason === null ? '' : ` (${reason})`}`;
  const facts = [
    'resumed',
    `${formatCount(replayed, 'event')} repeated${suppressed === 0 ? '' : ` (${suppressed} dealt with before)`}`,
    ...(stale === 0 ? [] : [`${formatCount(stale, 'interaction')} too late`]),
    ...(gapMs === null ? [] : [`gap ${Math.round(gapMs)} ms`]),
  ];
  return facts.join(', ');
}
