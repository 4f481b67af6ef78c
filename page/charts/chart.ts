import { element, setAttributes, svgElement } from '../dom.js';
import { formatMinute, formatTime } from '../format.js';
import {
  areaPath,
  type Dot,
  linePath,
  nearest,
  type Plot,
  pieces,
  type Sampled,
  type Span,
  timeSpan,
  timeTicks,
  topValue,
  valueTicks,
  xOf,
  yOf,
} from './scale.js';

/** Something that happened at a moment: it is marked in the chart and told when the reader comes near. */
export interface Mark {
  readonly at: number;
  readonly label: string;
  readonly tone: string;
}

export interface ChartOptions {
  /** `Memory of the worker`: for whoever hears the chart. */
  readonly label: string;
  readonly format: (value: number) => string;
  /** As short as it can be, for the axis. */
  readonly formatTick: (value: number) => string;
  /** The axis goes up to this at least. */
  readonly atLeast: number;
  /** What a unit of the axis is made of: ticks are round numbers of these. */
  readonly unit: number;
  /** Told the words for the moment that the reader points at; null when it is none. */
  readonly onReadout: (words: { readonly value: string; readonly when: string } | null) => void;
}

interface ChartData {
  readonly samples: readonly Sampled[];
  readonly marks: readonly Mark[];
  readonly limit: number | null;
  readonly now: number;
}

const HEIGHT = 156;
/** A mark is told when the reader is this close, in pixels. */
const NEAR = 6;
const LABEL_WIDTH = 52;

/**
 * A line over time that can be read with pointer, finger and keyboard (arrows, Page Up and Down, Home, End; Escape leaves). It is
 * drawn in pixels, anew for each width, so that its letters stay letters.
 */
export class Chart {
  readonly element: HTMLElement;
  readonly #options: ChartOptions;
  readonly #picture: SVGSVGElement;
  readonly #cursor = svgElement('g', { class: 'cursor' });
  #data: ChartData = { samples: [], marks: [], limit: null, now: 0 };
  #width = 0;
  /** The moment that the reader points at. */
  #pointed: number | null = null;

  constructor(options: ChartOptions) {
    this.#options = options;
    this.#picture = svgElement('svg', { class: 'chart-picture', height: HEIGHT, 'aria-hidden': 'true' });
    this.element = element('div', {
      class: 'chart',
      attributes: { tabindex: 0, role: 'slider', 'aria-label': options.label },
    });
    this.element.append(this.#picture);
    this.#listen();
    new ResizeObserver(([entry]) => {
      this.#width = Math.floor(entry?.contentRect.width ?? 0);
      this.#draw();
    }).observe(this.element);
  }

  show(data: ChartData): void {
    this.#data = data;
    this.#draw();
  }

  #listen(): void {
    const { element: target } = this;
    const pointAt = ({ clientX }: PointerEvent) => {
      const x = clientX - target.getBoundingClientRect().left;
      const { left, right } = this.#plot;
      const { from, to } = this.#span;
      this.#point(from + ((x - left) / (right - left)) * (to - from));
    };
    target.addEventListener('pointermove', pointAt);
    target.addEventListener('pointerdown', pointAt);
    target.addEventListener('pointerleave', ({ pointerType }) => {
      if (pointerType === 'mouse') this.#point(null); // where a finger tapped, the figure stays
    });
    target.addEventListener('blur', () => this.#point(null));
    target.addEventListener('keydown', (event) => {
      const index = this.#indexFor(event.key);
      if (index === undefined) return;
      event.preventDefault();
      this.#point(index === null ? null : (this.#data.samples[index]?.at ?? null));
    });
  }

  /** Where a key leads; null for nowhere, undefined for a key that means nothing here. */
  #indexFor(key: string): number | null | undefined {
    const last = this.#data.samples.length - 1;
    if (key === 'Escape') return this.#pointed === null ? undefined : null;
    const current = this.#pointed === null ? last : nearest(this.#data.samples, this.#pointed);
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageDown: -12, PageUp: 12 };
    if (key === 'Home') return 0;
    if (key === 'End') return last;
    const step = steps[key];
    return step === undefined ? undefined : Math.min(last, Math.max(0, current + step));
  }

  #point(at: number | null): void {
    this.#pointed = at;
    this.#drawCursor();
  }

  get #plot(): Plot {
    return { left: 46, right: Math.max(60, this.#width - 8), top: 14, bottom: HEIGHT - 20 };
  }

  get #span(): Span {
    return timeSpan(this.#data.samples[0]?.at, this.#data.now);
  }

  get #top(): number {
    const { samples, limit } = this.#data;
    const { atLeast, unit } = this.#options;
    const values = samples.map(({ value }) => value);
    return (valueTicks(topValue(values, limit, atLeast) / unit).at(-1) ?? 1) * unit;
  }

  #draw(): void {
    if (this.#width === 0) return;
    setAttributes(this.#picture, { width: this.#width, viewBox: `0 0 ${this.#width} ${HEIGHT}` });
    this.#picture.replaceChildren(
      ...this.#grid(),
      ...this.#curve(),
      ...this.#limitLine(),
      ...this.#markLines(),
      this.#cursor,
    );
    this.#drawCursor();
  }

  #grid(): SVGElement[] {
    const plot = this.#plot;
    const top = this.#top;
    const { unit, formatTick } = this.#options;
    const rows = valueTicks(top / unit).flatMap((tick) => {
      const y = yOf(tick * unit, top, plot);
      return [
        svgElement('line', { class: 'grid', x1: plot.left, x2: plot.right, y1: y, y2: y }),
        svgElement('text', { x: plot.left - 6, y: y + 4, 'text-anchor': 'end' }, formatTick(tick * unit)),
      ];
    });
    const most = Math.max(2, Math.floor((plot.right - plot.left) / 80));
    const moments = timeTicks(this.#span, Math.min(6, most)).map((at) => {
      const x = xOf(at, this.#span, plot);
      return svgElement(
        'text',
        { x, y: HEIGHT - 5, 'text-anchor': x > plot.right - 16 ? 'end' : 'middle' },
        formatMinute(at),
      );
    });
    return [...rows, ...moments];
  }

  #curve(): SVGElement[] {
    const { left, bottom } = this.#plot;
    const shown = this.#data.samples.filter(({ at }) => at >= this.#span.from);
    return pieces(shown).flatMap((piece) => {
      const dots = piece.map((sample) => this.#dot(sample)).filter(({ x }) => x >= left);
      return [
        svgElement('path', { class: 'area', d: areaPath(dots, bottom) }),
        svgElement('path', { class: 'line', d: linePath(dots) }),
      ];
    });
  }

  #limitLine(): SVGElement[] {
    const { limit } = this.#data;
    if (limit === null || limit > this.#top) return [];
    const plot = this.#plot;
    const y = yOf(limit, this.#top, plot);
    const words = `limit ${this.#options.format(limit)}`;
    return [
      svgElement('line', { class: 'limit', x1: plot.left, x2: plot.right, y1: y, y2: y }),
      svgElement('text', { class: 'limit-label', x: plot.left + 4, y: y - 4 }, words),
    ];
  }

  #markLines(): SVGElement[] {
    const plot = this.#plot;
    let free = plot.left;
    return this.#shownMarks().flatMap(({ mark: { tone, label }, x }) => {
      const line = svgElement('line', { class: `mark tone-${tone}`, x1: x, x2: x, y1: plot.top - 2, y2: plot.bottom });
      if (x - LABEL_WIDTH / 2 < free) return [line]; // in a storm of crashes only some have room for a name
      free = x + LABEL_WIDTH / 2;
      const anchor = x + LABEL_WIDTH / 2 > plot.right ? 'end' : 'middle';
      return [line, svgElement('text', { class: `mark-label tone-${tone}`, x, y: 9, 'text-anchor': anchor }, label)];
    });
  }

  #shownMarks(): { mark: Mark; x: number }[] {
    const { from, to } = this.#span;
    return this.#data.marks
      .filter(({ at }) => at >= from && at <= to)
      .map((mark) => ({ mark, x: Math.round(xOf(mark.at, this.#span, this.#plot)) }));
  }

  #dot({ at, value }: Sampled): Dot {
    return { x: xOf(at, this.#span, this.#plot), y: yOf(value, this.#top, this.#plot) };
  }

  #drawCursor(): void {
    const { samples } = this.#data;
    const last = samples.length - 1;
    const index = this.#pointed === null ? last : nearest(samples, this.#pointed);
    const sample = samples[index];
    const words = sample ? this.#readout(sample) : { value: 'no figures yet', when: '' };
    setAttributes(this.element, {
      'aria-valuemin': 0,
      'aria-valuemax': Math.max(0, last),
      'aria-valuenow': Math.max(0, index),
      'aria-valuetext': `${words.value} ${words.when}`.trim(),
    });
    const isPointed = this.#pointed !== null && sample !== undefined;
    this.#options.onReadout(isPointed ? words : null);
    this.#cursor.replaceChildren(...(isPointed ? this.#cursorShapes(sample) : []));
  }

  #readout(sample: Sampled): { value: string; when: string } {
    const { x } = this.#dot(sample);
    const near = this.#shownMarks().find((mark) => Math.abs(mark.x - x) <= NEAR)?.mark;
    const when = `at ${formatTime(sample.at)}`;
    const event = near ? `, run ended ${formatTime(near.at)}: ${near.label}` : '';
    return { value: this.#options.format(sample.value), when: when + event };
  }

  #cursorShapes(sample: Sampled): SVGElement[] {
    const { x, y } = this.#dot(sample);
    const { top, bottom } = this.#plot;
    return [svgElement('line', { x1: x, x2: x, y1: top, y2: bottom }), svgElement('circle', { cx: x, cy: y, r: 3.5 })];
  }
}
