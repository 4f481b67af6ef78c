import type { Sample } from '../../shared/control/page-api.js';
import type { RunRecord } from '../../shared/control/run-record.js';
import { Chart, figure, type Mark } from '../charts/chart.js';
import { formatBytes, formatMs } from '../format.js';
import type { PageState } from '../page-state.js';
import { describeClass } from '../run-class.js';
import type { View } from '../view.js';
import { card } from './card.js';

interface Measure {
  readonly id: string;
  readonly title: string;
  readonly label: string;
  readonly valueOf: (sample: Sample) => number;
  readonly format: (value: number) => string;
  readonly formatTick: (value: number) => string;
  readonly atLeast: number;
  readonly unit: number;
  readonly limitOf: (state: PageState) => number | null;
}

/** Memory of the worker over the last hour, with the limit above which it is restarted. */
export function memoryView(): View {
  return measureView({
    id: 'memory',
    title: 'Memory',
    label: 'Memory of the worker in the last hour',
    valueOf: ({ rssBytes }) => rssBytes,
    format: formatBytes,
    formatTick: (bytes) => `${Math.round(bytes / 1_000_000)} MB`,
    atLeast: 100_000_000,
    unit: 1_000_000,
    limitOf: ({ status }) => status?.value.worker?.rssLimitBytes ?? null,
  });
}

/** How long the event loop of the worker was blocked at worst, between one heartbeat and the next. */
export function lagView(): View {
  return measureView({
    id: 'lag',
    title: 'Event loop lag',
    label: 'Event loop lag of the worker in the last hour',
    valueOf: ({ eventLoopLagMs }) => eventLoopLagMs,
    format: formatMs,
    formatTick: (ms) => `${Math.round(ms)} ms`,
    atLeast: 40,
    unit: 1,
    limitOf: () => null,
  });
}

/** The time axis moves at this pace while nothing new arrives. */
const PACE_MS = 5_000;

function measureView(measure: Measure): View {
  const shown = figure();
  let current = { value: '', more: '' };
  const chart = new Chart({
    ...measure,
    onReadout: (words) => {
      if (words) shown.show(words.value, words.when);
      else shown.show(current.value, current.more);
    },
  });
  const made = card(measure.id, measure.title, { class: 'measure', aside: [shown.element] }, chart.element);
  let drawn: { samples: unknown; runs: unknown; limit: unknown; pace: number } | null = null;
  return {
    element: made,
    update(state, now) {
      const { samples, runs, status } = state;
      const limit = measure.limitOf(state);
      const next = { samples, runs, limit, pace: Math.floor(now / PACE_MS) };
      if (
        drawn &&
        samples === drawn.samples &&
        runs === drawn.runs &&
        limit === drawn.limit &&
        next.pace === drawn.pace
      )
        return;
      drawn = next;
      const isFresh = samples.at(-1)?.runId === status?.value.worker?.runId;
      current = currentWords(measure, isFresh ? samples.at(-1) : undefined, limit);
      if (current.value === '') current.more = status?.value.worker === null ? 'no worker runs' : 'no figures yet';
      const figures = samples.map((sample) => ({ at: sample.at, runId: sample.runId, value: measure.valueOf(sample) }));
      chart.show({ samples: figures, marks: runs.map(markOf), limit, now });
    },
  };
}

function currentWords(
  measure: Measure,
  sample: Sample | undefined,
  limit: number | null,
): { value: string; more: string } {
  if (sample === undefined) return { value: '', more: '' };
  const value = measure.valueOf(sample);
  const share = limit === null ? '' : `${Math.round((value / limit) * 100)} % of ${measure.format(limit)}`;
  return { value: measure.format(value), more: share };
}

function markOf(run: RunRecord): Mark {
  const { label, tone } = describeClass(run.class);
  return { at: Date.parse(run.endedAt), label, tone };
}
