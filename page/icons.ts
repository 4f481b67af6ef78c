import { svgElement } from './dom.js';
import type { Tone } from './headline.js';

/** Signs of 16 × 16 units, drawn as strokes in the colour of the text around them. */
const paths = {
  check: 'M3.5 8.5l3 3 6-7',
  alert: 'M8 2.6l5.8 10.2H2.2zM8 6.6v2.8M8 11v.1',
  cross: 'M4.2 4.2l7.6 7.6M11.8 4.2l-7.6 7.6',
  dash: 'M3.5 8h9',
  restart: 'M12.5 8a4.5 4.5 0 1 1-1.4-3.3M12.6 2.6v2.6H10',
  stop: 'M8 2.5v5M4.7 4.6a5 5 0 1 0 6.6 0',
  reload: 'M3.5 3.5h9M3.5 8h9M3.5 12.5h5',
  search: 'M7 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM10 10l3.2 3.2',
  pause: 'M5.8 4v8M10.2 4v8',
  play: 'M5.5 3.8l6.5 4.2-6.5 4.2z',
  down: 'M8 3v9.5M4.2 8.8L8 12.6l3.8-3.8',
  sun: 'M8 10.6a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2zM8 1.8v1.4M8 12.8v1.4M1.8 8h1.4M12.8 8h1.4M3.6 3.6l1 1M11.4 11.4l1 1M12.4 3.6l-1 1M4.6 11.4l-1 1',
  moon: 'M12.8 9.6A5.3 5.3 0 0 1 6.4 3.2a5.3 5.3 0 1 0 6.4 6.4z',
  lock: 'M4 7.2h8v6H4zM5.6 7V5.2a2.4 2.4 0 0 1 4.8 0V7',
  reply: 'M3 12V9a3 3 0 0 1 3-3h7M10 3l3 3-3 3',
  file: 'M4 2.5h5l3 3v8H4zM9 2.5v3h3',
} as const;

export type IconName = keyof typeof paths;

/** A sign beside words that say the same: hidden from screen readers. */
export function icon(name: IconName, className = ''): SVGSVGElement {
  return svgElement(
    'svg',
    { class: `icon ${className}`.trim(), viewBox: '0 0 16 16', 'aria-hidden': 'true', focusable: 'false' },
    svgElement('path', { d: paths[name] }),
  );
}

const toneIcons: Readonly<Record<Tone, IconName>> = {
  good: 'check',
  busy: 'restart',
  warn: 'alert',
  bad: 'cross',
  idle: 'dash',
};

/** The sign of a tone: each has a shape of its own, for those who do not see the colour. */
export function toneIcon(tone: Tone, className = ''): SVGSVGElement {
  return icon(toneIcons[tone], className);
}

/** The path of a tone's sign, for pictures that are not part of the document. */
export function tonePath(tone: Tone): string {
  return paths[toneIcons[tone]];
}
