import { valueTicks } from '../charts/scale.js';
import { type Bar, type Waterfall, waterfallOf } from '../charts/waterfall.js';
import { element, setText, svgElement } from '../dom.js';
import { formatDuration } from '../format.js';
import { toneIcon } from '../icons.js';
import type { View } from '../view.js';
import { card } from './card.js';

/** How the worker came up: one bar for each service, from the spawn of the worker. */
export function startupView(): View {
  const total = element('p', 'card-figure');
  const axis = svgElement('svg', { class: 'waterfall-axis', 'aria-hidden': 'true' });
  const rows = element('ul', 'waterfall');
  const empty = element('p', 'muted empty', 'No service has begun to start yet.');
  const made = card('startup', 'Start-up', { aside: [total] }, empty, rows, axis);
  let shown = '';
  let hasSeenWorker = false;
  return {
    element: made,
    update({ status }, now) {
      const worker = status?.value.worker ?? null;
      made.classList.toggle('is-past', worker === null);
      hasSeenWorker ||= worker !== null;
      if (worker === null && hasSeenWorker) {
        // Where it stopped is what somebody wants to know now.
        setText(total, empty.hidden ? 'of the last worker' : '');
        setText(empty, 'The last worker ended before its first service began.');
        shown = '';
        return;
      }
      const uptimeMs = worker === null ? 0 : worker.uptimeMs + now - (status?.at ?? now);
      const waterfall = waterfallOf(worker?.services ?? [], uptimeMs);
      const figures = JSON.stringify(waterfall);
      if (figures === shown) return;
      shown = figures;
      empty.hidden = waterfall.bars.length > 0;
      axis.toggleAttribute('hidden', waterfall.bars.length === 0);
      setText(empty, worker === null ? 'No worker runs.' : 'No service has begun to start yet.');
      setText(total, totalWords(waterfall));
      rows.replaceChildren(...loadingRow(waterfall), ...waterfall.bars.map((bar) => row(bar, waterfall.axisMs)));
      axis.replaceChildren(...axisLabels(waterfall.axisMs));
    },
  };
}

function totalWords({ bars, lastMs, isOver }: Waterfall): string {
  if (lastMs === null) return '';
  if (!isOver) return `${formatDuration(lastMs)} so far`;
  const failed = bars.filter(({ look }) => look === 'failed').length;
  const done = failed === 0 ? 'all up' : `${bars.length - failed} of ${bars.length} up`;
  return `${done} after ${formatDuration(lastMs)}`;
}

/** What takes the time before the first service. */
function loadingRow({ firstMs, axisMs }: Waterfall): HTMLElement[] {
  if (firstMs === null) return [];
  const name = element('span', 'waterfall-name', 'loading code');
  const took = element('span', 'waterfall-took', formatDuration(firstMs));
  const picture = barPicture({ fromMs: 0, tookMs: firstMs }, axisMs);
  return [element('li', 'waterfall-row look-loading', name, picture, took)];
}

function row(bar: Bar, axisMs: number): HTMLElement {
  const name = element('span', 'waterfall-name', element('span', {}, bar.name));
  if (!bar.isCritical) name.append(element('span', 'tag', 'optional'));
  const took = element('span', 'waterfall-took', ...tookParts(bar));
  const made = element('li', `waterfall-row look-${bar.look}`, name, barPicture(bar, axisMs), took);
  if (bar.error !== null) made.append(element('p', 'waterfall-error', bar.error));
  return made;
}

function tookParts({ look, tookMs }: Bar): (Node | string)[] {
  const duration = tookMs === null ? '' : formatDuration(tookMs);
  if (look === 'failed') return [toneIcon('bad'), element('span', {}, 'failed')];
  if (look === 'running') return [element('span', 'visually-hidden', 'starting for '), `${duration} …`];
  if (look === 'waiting') return ['waits'];
  return look === 'ended' ? ['stopped'] : [duration];
}

const percent = (part: number) => `${(part * 100).toFixed(2)}%`;

function barPicture({ fromMs, tookMs }: Pick<Bar, 'fromMs' | 'tookMs'>, axisMs: number): SVGSVGElement {
  const picture = svgElement('svg', { class: 'waterfall-bar', 'aria-hidden': 'true' });
  for (const tick of ticks(axisMs)) {
    const x = percent(tick / axisMs);
    picture.append(svgElement('line', { class: 'grid', x1: x, x2: x, y1: '0', y2: '100%' }));
  }
  if (fromMs !== null) {
    const width = Math.max((tookMs ?? 0) / axisMs, 0.006); // what took no time can be seen, too
    const x = percent(Math.min(fromMs / axisMs, 1 - width));
    picture.append(svgElement('rect', { x, y: '3', width: percent(width), height: '12', rx: '3' }));
  }
  return picture;
}

function axisLabels(axisMs: number): SVGTextElement[] {
  return ticks(axisMs).map((tick) => {
    const share = tick / axisMs;
    const anchor = share < 0.05 ? 'start' : share > 0.93 ? 'end' : 'middle';
    return svgElement('text', { x: percent(share), y: '11', 'text-anchor': anchor }, formatTick(tick));
  });
}

function ticks(axisMs: number): number[] {
  return valueTicks(axisMs).filter((tick) => tick <= axisMs);
}

function formatTick(ms: number): string {
  return ms === 0 ? '0' : ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`;
}
