import type { Actions, Overview, PageEvents, Sample } from '../shared/control/page-api.js';
import type { RunRecord } from '../shared/control/run-record.js';
import type { Status } from '../shared/control/status.js';
import type { WorkerDetails } from '../shared/control/worker-details.js';
import { type LogLine, parseLogLine } from './log/log-line.js';

/** How the page stands with the supervisor. `locked`: it shows nothing to whoever does not know the token. */
export interface Link {
  readonly kind: 'connecting' | 'live' | 'lost' | 'locked';
  /** Since when, by the clock of the browser. */
  readonly since: number;
}

/** Something the supervisor said, and when it arrived by the supervisor's clock. */
export interface Heard<T> {
  readonly value: T;
  readonly at: number;
}

/** Everything that the page shows, the chat aside. Never changed in place: what is the same object is the same. */
export interface PageState {
  readonly link: Link;
  readonly status: Heard<Status> | null;
  readonly details: Heard<WorkerDetails> | null;
  /** Newest last. */
  readonly runs: readonly RunRecord[];
  readonly samples: readonly Sample[];
  readonly logs: readonly LogLine[];
  readonly actions: Actions;
  readonly hasSandbox: boolean;
}

/** How many lines of the log are kept. Older ones go, so that a page that stays open does not grow without end. */
export const MAX_LOG_LINES = 1_000;
const MAX_RUNS = 50;
const SAMPLES_MS = 3_600_000;

/** The state before the first answer of the supervisor. @param now by the clock of the browser, ms since the epoch. */
export function initialState(now: number): PageState {
  return {
    link: { kind: 'connecting', since: now },
    status: null,
    details: null,
    runs: [],
    samples: [],
    logs: [],
    actions: 'none',
    hasSandbox: false,
  };
}

/** Everything anew. Lines of the log that are here already stay the same objects. */
export function withOverview(state: PageState, overview: Overview, at: number): PageState {
  return {
    ...state,
    status: { value: overview.status, at },
    details: overview.details === null ? null : { value: overview.details, at },
    runs: overview.history,
    samples: overview.samples,
    logs: joined(state.logs, overview.logs),
    actions: overview.actions,
    hasSandbox: overview.sandbox,
  };
}

type StateEvents = Omit<PageEvents, 'message'>;

/** The state after one of the events; `message` is for the chat and not among them. */
export function withEvent<Name extends keyof StateEvents>(
  state: PageState,
  name: Name,
  data: StateEvents[Name],
  at: number,
): PageState {
  const appliers: { readonly [Each in keyof StateEvents]: (data: StateEvents[Each]) => Partial<PageState> } = {
    status: (value) => ({ status: { value, at } }),
    details: (value) => ({ details: value === null ? null : { value, at } }),
    sample: (sample) => ({ samples: [...state.samples.filter((each) => each.at > sample.at - SAMPLES_MS), sample] }),
    run: (run) => ({ runs: [...state.runs.filter(({ runId }) => runId !== run.runId), run].slice(-MAX_RUNS) }),
    log: (lines) => ({ logs: appended(state.logs, lines) }),
  };
  return { ...state, ...appliers[name](data) };
}

function appended(known: readonly LogLine[], lines: readonly string[]): readonly LogLine[] {
  const firstKey = (known.at(-1)?.key ?? 0) + 1;
  return [...known, ...lines.map((line, index) => parseLogLine(line, firstKey + index))].slice(-MAX_LOG_LINES);
}

/** The tail that an overview brings overlaps with what is here after a reconnect; without a line of both, some are missing. */
function joined(known: readonly LogLine[], tail: readonly string[]): readonly LogLine[] {
  const last = known.at(-1);
  const overlap = last === undefined ? -1 : tail.lastIndexOf(last.raw);
  return appended(known, tail.slice(overlap + 1));
}
