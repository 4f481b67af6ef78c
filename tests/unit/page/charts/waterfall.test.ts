import { describe, expect, it } from 'vitest';
import { waterfallOf } from '../../../../page/charts/waterfall.js';
import type { Status } from '../../../../shared/control/status.js';

type Service = NonNullable<Status['worker']>['services'][number];

const service = (name: string, more: Partial<Service> = {}): Service => ({
  name,
  stage: 'running',
  critical: true,
  startedMs: 0,
  durationMs: 100,
  error: null,
  ...more,
});

describe('waterfallOf', () => {
  it('has a bar for each service, in the order in which they began', () => {
    const { bars, firstMs, lastMs, isOver } = waterfallOf(
      [service('gateway', { startedMs: 900, durationMs: 600 }), service('database', { startedMs: 300 })],
      9_000,
    );
    expect(bars.map(({ name, fromMs, tookMs, look }) => [name, fromMs, tookMs, look])).toEqual([
      ['database', 300, 100, 'done'],
      ['gateway', 900, 600, 'done'],
    ]);
    expect({ firstMs, lastMs, isOver }).toEqual({ firstMs: 300, lastMs: 1_500, isOver: true });
  });

  it('what is still starting grows with the age of the worker', () => {
    const starting = service('gateway', { stage: 'initializing', startedMs: 900, durationMs: null });
    const { bars, lastMs, isOver } = waterfallOf([starting], 2_400);
    expect(bars[0]).toMatchObject({ look: 'running', tookMs: 1_500 });
    expect({ lastMs, isOver }).toEqual({ lastMs: 2_400, isOver: false });
  });

  it('what has not begun stands last and waits', () => {
    const waiting = service('serving', { stage: 'registered', startedMs: null, durationMs: null });
    const { bars, isOver, axisMs } = waterfallOf([waiting, service('database')], 50);
    expect(bars.map(({ name, look }) => [name, look])).toEqual([
      ['database', 'done'],
      ['serving', 'waiting'],
    ]);
    expect({ isOver, axisMs }).toEqual({ isOver: false, axisMs: 100 });
  });

  it('what failed keeps its place and its error', () => {
    const failed = service('prefix', { stage: 'failed', critical: false, error: 'no such table' });
    expect(waterfallOf([failed], 500).bars[0]).toMatchObject({
      look: 'failed',
      isCritical: false,
      error: 'no such table',
      tookMs: 100,
    });
  });

  it('has no services before the first one is known, and still an axis', () => {
    expect(waterfallOf([], 200)).toEqual({ bars: [], firstMs: null, lastMs: null, isOver: false, axisMs: 1 });
  });
});
