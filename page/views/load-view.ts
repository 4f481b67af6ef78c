import type { Sample } from '../../shared/control/page-api.js';
import type { RunRecord } from '../../shared/control/run-record.js';
import { Chart, type Mark } from '../charts/chart.js';
import { figure } from '../charts/figure.js';
import { formatBytes, formatMs } from '../format.js';
import type { PageState } from '../page-state.js';
import { describeClass } from '../run-class.js';
import { type View, whenChanged } from '../view.js';
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
  const draw = whenChanged(
    (
      samples: PageState['samples'],
      runs: PageState['runs'],
      limit: number | null,
      runId: string | null,
      now: number,
    ) => {
      const last = samples.at(-1);
      const none = runId === null ? 'no worker runs' : 'no figures yet';
      current = last && last.runId === runId ? currentWords(measure, last, limit) : { value: '', more: none };
      const figures = samples.map((sample) => ({ at: sample.at, runId: sample.runId, value: measure.valueOf(sample) }));
      chart.show({ samples: figures, marks: runs.map(markOf), limit, now });
    },
  );
  return {
    element: made,
    update(state, now) {
      const pace = now - (now % PACE_MS) + PACE_MS;
      draw(state.samples, state.runs, measure.limitOf(state), state.status?.value.worker?.runId ?? null, pace);
    },
  };
}

function currentWords(measure: Measure, sample: Sample, limit: number | null): { value: string; more: string } {
  const value = measure.valueOf(sample);
  const share = limit === null ? '' : `${Math.round((value / limit) * 100)} % of ${measure.format(limit)}`;
  return { value: measure.format(value), more: share };
}

function markOf(run: RunRecord): Mark {
  const { label, tone } = describeClass(run.class);
  return { at: Date.parse(run.endedAt), label, tone };
}
