import type { Clock } from '../../shared/clock.js';
import { MAX_OVERVIEW_LOGS, MAX_OVERVIEW_RUNS, type Overview } from '../../shared/control/page-api.js';
import type { RunRecord } from '../../shared/control/run-record.js';
import type { Paths } from '../../shared/paths.js';
import type { OperatorRequests } from '../control/operator-requests.js';
import { readHistory } from '../history/run-history.js';
import type { SampleHistory } from '../history/sample-history.js';
import type { LogSink } from '../logs/log-sink.js';
import { actionsOf, type Doors } from './access-policy.js';
import { type Answer, failureAnswer, jsonAnswer, textAnswer } from './answer.js';
import { detailsOf, type LiveFeed } from './live-feed.js';
import type { Route } from './route.js';
import { readCrashRecord, readReport } from './run-files.js';

export interface PageRoutesOptions {
  readonly requests: Pick<OperatorRequests, 'freshStatus' | 'workerDetails'>;
  readonly samples: Pick<SampleHistory, 'list'>;
  readonly sink: Pick<LogSink, 'recent'>;
  readonly paths: Pick<Paths, 'history' | 'reportsDir' | 'crashLog'>;
  readonly feed: LiveFeed;
  readonly doors: () => Doors;
  readonly hasSandbox: boolean;
  readonly clock: Clock;
}

/** What the status page shows: everything at once, then whatever is new, and what was written down of a run. */
export function pageRoutes(options: PageRoutesOptions): Route[] {
  const { feed, paths } = options;
  const aboutRun =
    (read: (run: RunRecord) => Promise<string | null>): Route['handle'] =>
    async ({ params }) => {
      const run = (await readHistory(paths.history)).findLast(({ runId }) => runId === params.runId);
      const text = run ? await read(run) : null;
      return text === null ? failureAnswer(404, 'TUX_NO_REPORT', 'There is none for this run') : textAnswer(text);
    };
  return [
    {
      method: 'GET',
      path: '/api/overview',
      needs: 'sight',
      handle: async ({ isLoggedIn }) => jsonAnswer(await overview(options, isLoggedIn)),
    },
    { method: 'GET', path: '/api/events', needs: 'sight', handle: () => (feed.isFull ? tooMany() : listen(feed)) },
    {
      method: 'GET',
      path: '/api/runs/:runId/report',
      needs: 'sight',
      handle: aboutRun((run) => readReport(run, paths)),
    },
    {
      method: 'GET',
      path: '/api/runs/:runId/crash',
      needs: 'sight',
      handle: aboutRun(({ runId }) => readCrashRecord(runId, paths)),
    },
  ];
}

async function overview(options: PageRoutesOptions, isLoggedIn: boolean): Promise<Overview> {
  const { requests, samples, sink, paths, doors, hasSandbox } = options;
  const [status, details, history] = await Promise.all([
    requests.freshStatus(),
    detailsOf(requests),
    readHistory(paths.history),
  ]);
  return {
    status,
    details,
    history: history.slice(-MAX_OVERVIEW_RUNS),
    samples: samples.list(),
    logs: [...sink.recent(MAX_OVERVIEW_LOGS)],
    actions: actionsOf(doors(), isLoggedIn),
    sandbox: hasSandbox,
  };
}

function listen(feed: LiveFeed): ReturnType<Route['handle']> {
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' };
  return { headers, open: (response) => feed.open(response) };
}

function tooMany(): Answer {
  const message = 'Too many pages are open already: close one';
  return failureAnswer(503, 'TUX_HTTP_BUSY', message, { 'retry-after': '10' });
}
