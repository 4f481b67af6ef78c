import { describe, expect, it } from 'vitest';
import {
  areaPath,
  linePath,
  nearest,
  pieces,
  timeSpan,
  timeTicks,
  topValue,
  valueTicks,
  xOf,
  yOf,
} from '../../../../page/charts/scale.js';

const MINUTE = 60_000;
const now = Date.parse('2026-01-01T22:07:00.000Z');

describe('the time axis', () => {
  it.each([
    [0, 5],
    [4 * MINUTE, 5],
    [6 * MINUTE, 10],
    [21 * MINUTE, 30],
    [59 * MINUTE, 60],
    [180 * MINUTE, 60],
  ])('with figures of the last %d ms is %d minutes long', (age, minutes) => {
    expect(timeSpan(now - age, now)).toEqual({ from: now - minutes * MINUTE, to: now });
  });

  it('of a chart without figures is there as well', () => {
    expect(timeSpan(undefined, now)).toEqual({ from: now - 5 * MINUTE, to: now });
  });

  it('has its labels at whole minutes, and never more than asked for', () => {
    const ticks = timeTicks({ from: now - 60 * MINUTE, to: now }, 5);
    expect(ticks.map((at) => new Date(at).toISOString().slice(14, 19))).toEqual(['15:00', '30:00', '45:00', '00:00']);
    for (const most of [2, 3, 6]) {
      expect(timeTicks({ from: now - 60 * MINUTE, to: now }, most).length).toBeLessThanOrEqual(most + 1);
    }
  });
});

describe('the axis of values', () => {
  it.each([
    [1, [0, 0.25, 0.5, 0.75, 1]],
    [40, [0, 10, 20, 30, 40]],
    [173, [0, 50, 100, 150, 200]],
    [2_572, [0, 1_000, 2_000, 3_000]],
  ])('up to %d has round figures', (most, ticks) => {
    expect(valueTicks(most)).toEqual(ticks);
  });

  it('always reaches the highest value, with few figures', () => {
    for (let most = 0.001; most < 1e12; most *= 1.37) {
      const ticks = valueTicks(most);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(most * 0.998);
      expect(ticks.length).toBeGreaterThanOrEqual(3);
      expect(ticks.length).toBeLessThanOrEqual(6);
    }
  });

  it('makes room for the limit, unless the curve would be flat then', () => {
    expect(topValue([100, 120], 300, 50)).toBe(315);
    expect(topValue([100, 120], 600, 50)).toBe(120);
    expect(topValue([], null, 50)).toBe(50);
  });
});

describe('the curve', () => {
  const plot = { left: 40, right: 140, top: 10, bottom: 110 };
  const sample = (at: number, runId = 'A') => ({ at, value: 1, runId });

  it('stands where time and value say', () => {
    const span = { from: 0, to: 1_000 };
    expect([xOf(0, span, plot), xOf(500, span, plot), xOf(1_000, span, plot)]).toEqual([40, 90, 140]);
    expect([yOf(0, 50, plot), yOf(50, 50, plot), yOf(25, 50, plot)]).toEqual([110, 10, 60]);
  });

  it('breaks where a run ends and where nothing is known', () => {
    const samples = [sample(0), sample(5_000), sample(10_000, 'B'), sample(60_000, 'B')];
    expect(pieces(samples).map((piece) => piece.length)).toEqual([2, 1, 1]);
  });

  it('is a path of SVG; a single dot can be seen as well', () => {
    const dots = [
      { x: 1, y: 2.04 },
      { x: 3.55, y: 4 },
    ];
    expect(linePath(dots)).toBe('M1 2L3.6 4');
    expect(areaPath(dots, 10)).toBe('M1 2L3.6 4L3.6 10L1 10Z');
    expect(linePath(dots.slice(0, 1))).toBe('M0 2h2');
    expect([linePath([]), areaPath([], 10)]).toEqual(['', '']);
  });

  it('is read at the sample that is closest', () => {
    const samples = [{ at: 0 }, { at: 100 }, { at: 200 }];
    expect([-50, 40, 60, 149, 151, 900].map((at) => nearest(samples, at))).toEqual([0, 0, 1, 1, 2, 2]);
    expect(nearest([], 5)).toBe(-1);
  });
});
