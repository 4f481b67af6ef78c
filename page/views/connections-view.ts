import type { Status } from '../../shared/control/status.js';
import type { WorkerDetails } from '../../shared/control/worker-details.js';
import { formatAge, formatMs, formatSeconds, plural } from '../format.js';
import type { Tone } from '../headline.js';
import type { PageState } from '../page-state.js';
import type { View } from '../view.js';
import { card } from './card.js';
import { type Fact, factList } from './fact-list.js';

type GatewaySession = NonNullable<NonNullable<Status['worker']>['session']>;
type GatewayStatus = NonNullable<NonNullable<Status['worker']>['gateway']>;

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
  const worker = status?.value.worker ?? null;
  // The worker's own word is newer than its last heartbeat.
  const beatAgeMs = worker?.heartbeatAgeMs == null ? null : worker.heartbeatAgeMs + now - (status?.at ?? now);
  const gateway = details?.value.gateway ?? worker?.gateway ?? null;
  const facts =
    gateway === null ? [unknown('Gateway')] : gatewayFacts(gateway, details ? now - details.at : (beatAgeMs ?? 0));
  const { user, shards } = details?.value.gateway ?? { user: null, shards: [] };
  if (user !== null) facts.push({ name: 'Logged in as', value: user });
  if (shards.length > 1) facts.push(...shards.map(shardFact));
  const session = worker?.session ?? null;
  if (session !== null) facts.push({ name: 'Session', value: sessionText(session) });
  facts.push(databaseFact(details?.value.database, worker?.databaseProblem));
  if (details) facts.push(...healthFacts(details.value));
  if (beatAgeMs !== null) facts.push({ name: 'Last heartbeat', value: formatAge(beatAgeMs) });
  return facts;
}

function unknown(name: string): Fact {
  return { name, value: 'nothing known', tone: 'idle' };
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

/** How the worker came by its session with Discord. */
function sessionText({ how, reason, replayed, suppressed, gapMs }: GatewaySession): string {
  if (how === 'identified') return reason === null ? 'new' : `new (${reason})`;
  const repeated = `resumed, ${plural(replayed, 'event')} repeated`;
  const known = suppressed === 0 ? '' : `, ${suppressed} of them known`;
  return gapMs === null ? `${repeated}${known}` : `${repeated}${known}, gap ${formatMs(gapMs)}`;
}

/** @param noticed what the heartbeats say, when the worker does not answer. */
function databaseFact(asked: WorkerDetails['database'] | undefined, noticed: string | null | undefined): Fact {
  const name = 'Database';
  const latencyMs = asked?.latencyMs ?? null;
  if (latencyMs !== null) return { name, value: `answers in ${formatMs(latencyMs)}`, tone: 'good' };
  const problem = asked?.problem ?? noticed ?? null;
  if (problem === null && asked === undefined) return unknown(name);
  return { name, value: problem ?? 'does not answer', tone: 'bad' };
}

function healthFacts({ services }: WorkerDetails): Fact[] {
  const checked = services.filter(({ health }) => health !== null);
  const failing = checked.filter(({ health }) => health === 'failing').map(({ name }) => name);
  if (failing.length > 0) return [{ name: 'Health checks', value: `failing: ${failing.join(', ')}`, tone: 'bad' }];
  return checked.length === 0 ? [] : [{ name: 'Health checks', value: `${checked.length} pass`, tone: 'good' }];
}
