import type { WorkerDetails } from '../../shared/control/worker-details.js';
import type { GatewayStatus } from '../../shared/ipc-protocol.js';
import { formatAge, formatMs, formatSeconds, plural } from '../format.js';
import type { Tone } from '../headline.js';
import type { PageState } from '../page-state.js';
import type { View } from '../view.js';
import { card } from './card.js';
import { type Fact, factList } from './fact-list.js';

/** What Tux hangs on: the gateway of Discord and the database, and whether its services are healthy. */
export function connectionsView(): View {
  const facts = factList('rows');
  return {
    element: card('connections', 'Discord and database', {}, facts.element),
    update(state, now) {
      facts.show(factsOf(state, now));
    },
  };
}

function factsOf({ status, details }: PageState, now: number): Fact[] {
  const gateway = details?.value.gateway ?? status?.value.worker?.gateway ?? null;
  const heardAt = (details ?? status)?.at ?? now;
  const facts =
    gateway === null
      ? [{ name: 'Gateway', value: 'nothing known', tone: 'idle' } as Fact]
      : gatewayFacts(gateway, now - heardAt);
  if (details === null) return [...facts, { name: 'Database', value: 'nothing known', tone: 'idle' }];
  const { user, shards } = details.value.gateway;
  if (user !== null) facts.push({ name: 'Logged in as', value: user });
  if (shards.length > 1) facts.push(...shards.map(shardFact));
  return [...facts, databaseFact(details.value), ...healthFacts(details.value)];
}

/** @param heardAgoMs the ages are from then. */
function gatewayFacts(gateway: GatewayStatus, heardAgoMs: number): Fact[] {
  const { status, guilds, pingMs, lastAckAgeMs, lastDispatchAgeMs, downForMs } = gateway;
  const isReady = status === 'ready';
  const state = isReady ? 'ready' : `${status}, for ${formatSeconds(downForMs + heardAgoMs)}`;
  const age = (ms: number | null) => (ms === null ? 'never' : formatAge(ms + heardAgoMs));
  return [
    { name: 'Gateway', value: state, tone: isReady ? 'good' : status === 'connecting' ? 'busy' : 'bad' },
    { name: 'Servers', value: plural(guilds, 'server') },
    { name: 'Ping', value: pingMs === null ? '–' : formatMs(pingMs) },
    { name: 'Last acknowledgement', value: age(lastAckAgeMs) },
    { name: 'Last event', value: age(lastDispatchAgeMs) },
  ];
}

function shardFact({ id, status, pingMs }: WorkerDetails['gateway']['shards'][number]): Fact {
  const tone: Tone = status === 'ready' ? 'good' : 'warn';
  return { name: `Shard ${id}`, value: pingMs === null ? status : `${status}, ${formatMs(pingMs)}`, tone };
}

function databaseFact({ database: { latencyMs, problem } }: WorkerDetails): Fact {
  if (latencyMs !== null) return { name: 'Database', value: `answers in ${formatMs(latencyMs)}`, tone: 'good' };
  return { name: 'Database', value: problem ?? 'does not answer', tone: 'bad' };
}

function healthFacts({ services }: WorkerDetails): Fact[] {
  const checked = services.filter(({ health }) => health !== null);
  const failing = checked.filter(({ health }) => health === 'failing').map(({ name }) => name);
  if (failing.length > 0) return [{ name: 'Health checks', value: `failing: ${failing.join(', ')}`, tone: 'bad' }];
  return checked.length === 0 ? [] : [{ name: 'Health checks', value: `${checked.length} pass`, tone: 'good' }];
}
