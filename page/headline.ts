import type { Status } from '../shared/control/status.js';
import { formatSeconds, plural } from './format.js';

/** How good or bad something is. On the screen it is never told by a colour alone: a word and a sign go with it. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'idle';

/** What the page says first. */
export interface Headline {
  readonly tone: Tone;
  /** `RUNNING, ready`: the words of `tux-supervisor status`. */
  readonly title: string;
  /** One sentence more. */
  readonly detail: string;
  /** For the tab, where there is little room. */
  readonly short: string;
}

/** @param now milliseconds since the epoch, by the supervisor's clock. */
export function headlineOf(status: Status, now: number): Headline {
  const { state, worker } = status;
  if (state === 'HELD') return held(status, now);
  if (state === 'BACKOFF') return backoff(status, now);
  if (state === 'STOPPING') return busy(state, 'Tux is being stopped; jobs and reminders are kept.', 'stopping');
  if (state === 'RESTARTING') return busy(state, 'The old worker ends, then the next one starts.', 'restarting');
  if (state === 'STARTING') return busy(state, startDetail(worker), 'starting');
  if (!status.ready) {
    const detail = 'Tux runs, but it does not serve. This is why:';
    return { tone: 'bad', title: 'RUNNING, not ready', detail, short: 'not ready' };
  }
  if (worker?.degraded) return degraded(worker);
  const guilds = worker?.gateway?.guilds;
  const detail = guilds === undefined ? 'Tux serves.' : `Tux serves ${plural(guilds, 'server')}.`;
  return { tone: 'good', title: 'RUNNING, ready', detail, short: 'running' };
}

function busy(state: string, detail: string, short: string): Headline {
  return { tone: 'busy', title: state, detail, short };
}

function held({ hold }: Status, now: number): Headline {
  const left = hold === null ? '' : ` for ${remaining(hold.until, now)}`;
  return {
    tone: 'bad',
    title: `HELD${left}`,
    detail: sentence(hold?.reason ?? 'No worker is started.'),
    short: 'held',
  };
}

function backoff({ backoff: pause }: Status, now: number): Headline {
  const title = pause === null ? 'BACKOFF' : `BACKOFF, next start in ${remaining(pause.until, now)}`;
  const detail = pause === null ? 'Waiting before the next start.' : `After: ${pause.reason}`;
  return { tone: 'warn', title, detail, short: 'waiting to start' };
}

function remaining(until: string, now: number): string {
  return formatSeconds(Date.parse(until) - now);
}

function startDetail(worker: Status['worker']): string {
  if (worker === null) return 'The next worker is about to be started.';
  const waitingFor = worker.services.filter(({ stage }) => stage === 'initializing').map(({ name }) => name);
  if (waitingFor.length > 0) return `Waiting for ${waitingFor.join(', ')}.`;
  return worker.services.length === 0 ? 'The worker was started and loads its code.' : 'The services come up.';
}

function degraded(worker: NonNullable<Status['worker']>): Headline {
  const failed = worker.services.filter(({ stage }) => stage === 'failed' || stage === 'recovering');
  const names = failed.map(({ name }) => name).join(', ');
  const detail = names === '' ? 'Something optional does not work.' : `Tux serves, but without ${names}.`;
  return { tone: 'warn', title: 'RUNNING, degraded', detail, short: 'degraded' };
}

function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
