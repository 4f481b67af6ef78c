import { describe, expect, it } from 'vitest';
import { initialState, MAX_LOG_LINES, withEvent, withOverview } from '../../../page/page-state.js';
import type { Overview, Sample } from '../../../shared/control/page-api.js';
import { fakeRun } from '../../support/fake-run.js';
import { fakeDetails, fakeStatus } from '../../support/fake-status.js';

const line = (msg: string) => JSON.stringify({ level: 30, time: '2026-01-01T22:00:00.000Z', name: 'worker', msg });
const overview = (more: Partial<Overview> = {}): Overview => ({
  status: fakeStatus(),
  details: fakeDetails(),
  history: [],
  samples: [],
  logs: [],
  actions: 'none',
  sandbox: false,
  ...more,
});
const sample = (at: number): Sample => ({
  at,
  runId: 'RUN',
  rssBytes: 1,
  eventLoopLagMs: 1,
  queueDepth: 0,
  tasks: 0,
  pingMs: null,
});
const run = (runId: string) => fakeRun({ runId });
const messages = (state: { logs: readonly { message: string }[] }) => state.logs.map(({ message }) => message);

describe('the state of the page', () => {
  const empty = initialState(0);

  it('holds what the overview brings, with the time at which it was told', () => {
    const state = withOverview(empty, overview({ actions: 'open', sandbox: true }), 5_000);
    expect(state).toMatchObject({ actions: 'open', hasSandbox: true, status: { at: 5_000 }, details: { at: 5_000 } });
    expect(withOverview(empty, overview({ details: null }), 5_000).details).toBeNull();
  });

  it('an event changes what it is about and nothing else', () => {
    const before = withOverview(empty, overview({ history: [run('A')] }), 0);
    const after = withEvent(before, 'status', fakeStatus({ ready: false }), 7_000);
    expect(after.status).toMatchObject({ value: { ready: false }, at: 7_000 });
    expect(after.runs).toBe(before.runs);
  });

  it('a worker that answers no more leaves no details behind', () => {
    expect(withEvent(withOverview(empty, overview(), 0), 'details', null, 1).details).toBeNull();
  });

  it('samples older than an hour go', () => {
    const before = withOverview(empty, overview({ samples: [sample(0), sample(10_000)] }), 0);
    const after = withEvent(before, 'sample', sample(3_605_000), 0);
    expect(after.samples.map(({ at }) => at)).toEqual([10_000, 3_605_000]);
  });

  it('a run that is told twice is there once', () => {
    const before = withOverview(empty, overview({ history: [run('A'), run('B')] }), 0);
    expect(withEvent(before, 'run', run('B'), 0).runs.map(({ runId }) => runId)).toEqual(['A', 'B']);
  });

  it('lines of the log are counted, and the oldest go', () => {
    const lines = Array.from({ length: MAX_LOG_LINES + 5 }, (_, index) => line(`line ${index}`));
    const state = withEvent(empty, 'log', lines, 0);
    expect(state.logs).toHaveLength(MAX_LOG_LINES);
    expect(state.logs[0]).toMatchObject({ message: 'line 5', key: 6 });
  });

  it('after a reconnect, lines that were here already are not there twice', () => {
    const before = withOverview(empty, overview({ logs: [line('a'), line('b')] }), 0);
    const after = withOverview(before, overview({ logs: [line('b'), line('c')] }), 0);
    expect(messages(after)).toEqual(['a', 'b', 'c']);
    expect(after.logs[1]).toBe(before.logs[1]);
  });

  it('after a long absence the lines of then and now follow one another', () => {
    const before = withOverview(empty, overview({ logs: [line('a')] }), 0);
    expect(messages(withOverview(before, overview({ logs: [line('y'), line('z')] }), 0))).toEqual(['a', 'y', 'z']);
  });
});
