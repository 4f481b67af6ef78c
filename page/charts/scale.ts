/** The arithmetic of the charts: pixels from figures. Pure. */

/** One value of a curve: when it was taken, and of which run. */
export interface Sampled {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly value: number;
  readonly runId: string;
}

/** Where a chart draws, in pixels. */
export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A stretch of time, in milliseconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const MINUTE_MS = 60_000;
/** What a time axis can be long, in minutes: it must not change with every sample. */
const SPANS_MIN = [5, 10, 20, 30, 60] as const;

/** The time that a chart shows: up to the last hour, and less while there is less to show. */
export function timeSpan(firstAt: number | undefined, now: number): Span {
  const wantedMs = now - (firstAt ?? now);
  const minutes = SPANS_MIN.find((each) => each * MINUTE_MS >= wantedMs) ?? 60;
  return { from: now - minutes * MINUTE_MS, to: now };
}

/** Moments for the labels of a time axis: whole minutes, where the reader's clock shows them round. */
export function timeTicks({ from, to }: Span, most = 5): number[] {
  const minutes = [1, 2, 5, 10, 15, 20, 30].find((each) => (to - from) / (each * MINUTE_MS) <= most) ?? 30;
  const step = minutes * MINUTE_MS;
  const offset = new Date(to).getTimezoneOffset() * MINUTE_MS;
  const first = Math.ceil((from - offset) / step) * step + offset;
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, index) => first + index * step);
}

/** Round figures from 0 to at least `most`: 3 to 5 of them, the last is the top of the chart. */
export function valueTicks(most: number): number[] {
  const rough = Math.max(most, Number.MIN_VALUE) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((each) => each * power >= rough * 0.999) ?? 10);
  const count = Math.max(1, Math.ceil((most / step) * 0.999));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/** The limit is drawn when that leaves enough room for the curve. */
export function topValue(values: readonly number[], limit: number | null, atLeast: number): number {
  const highest = Math.max(atLeast, ...values);
  return limit !== null && limit <= highest * 4 ? Math.max(highest, limit * 1.05) : highest;
}

/** Where a moment stands from left to right, in pixels. */
export function xOf(at: number, { from, to }: Span, { left, right }: Plot): number {
  return left + ((at - from) / (to - from)) * (right - left);
}

/** Where a value stands from top to bottom, in pixels. @param top the value at the upper edge. */
export function yOf(value: number, top: number, plot: Plot): number {
  return plot.bottom - (value / top) * (plot.bottom - plot.top);
}

/** Samples further apart than this have no line between them: nobody knows what was there. */
const GAP_MS = 30_000;

/** Pieces of the curve: a new one for each run, and after each gap. */
export function pieces(samples: readonly Sampled[]): Sampled[][] {
  const found: Sampled[][] = [];
  for (const sample of samples) {
    const piece = found.at(-1);
    const last = piece?.at(-1);
    if (piece && last && last.runId === sample.runId && sample.at - last.at <= GAP_MS) piece.push(sample);
    else found.push([sample]);
  }
  return found;
}

/** A point of a curve, in pixels from the upper left corner of the chart. */
export interface Dot {
  readonly x: number;
  readonly y: number;
}

/** The `d` of an SVG path; a single dot becomes a short line, so that it can be seen. */
export function linePath(dots: readonly Dot[]): string {
  const [first] = dots;
  if (dots.length === 1 && first) return `M${round(first.x - 1)} ${round(first.y)}h2`;
  return dots.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('');
}

/** The surface between a line and the bottom. */
export function areaPath(dots: readonly Dot[], bottom: number): string {
  const [first] = dots;
  const last = dots.at(-1);
  if (!first || !last || dots.length < 2) return '';
  return `${linePath(dots)}L${round(last.x)} ${round(bottom)}L${round(first.x)} ${round(bottom)}Z`;
}

/** The index of the sample closest to a moment; -1 when there are none. Samples are in order. */
export function nearest(samples: readonly Pick<Sampled, 'at'>[], at: number): number {
  let best = -1;
  let distance = Number.POSITIVE_INFINITY;
  for (const [index, sample] of samples.entries()) {
    const away = Math.abs(sample.at - at);
    if (away > distance) break;
    best = index;
    distance = away;
  }
  return best;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
