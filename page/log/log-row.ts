import { element } from '../dom.js';
import { formatTime } from '../format.js';
import type { LogLine } from './log-line.js';

/** A line of the log; one with more fields opens to show them. */
export function logRow(line: LogLine): HTMLElement {
  const parts = [
    element('time', 'log-time', line.at === null ? '' : formatTime(line.at)),
    element('span', 'log-level', line.level),
    element('span', 'log-source', line.source),
    element('span', 'log-message', line.message || line.event),
  ];
  const className = `log-row level-${line.level}`;
  const key = String(line.key);
  if (line.fields.length === 0) return element('div', { class: className, attributes: { 'data-key': key } }, ...parts);
  const made = element('details', { class: className, attributes: { 'data-key': key } });
  made.append(element('summary', { attributes: { tabindex: -1 } }, ...parts));
  made.addEventListener('toggle', () => made.append(fieldList(line)), { once: true });
  return made;
}

function fieldList({ event, fields }: LogLine): HTMLElement {
  const all = event === '' ? fields : [['event', event] as const, ...fields];
  return element(
    'dl',
    'log-fields',
    ...all.flatMap(([name, text]) => [element('dt', {}, name), element('dd', {}, element('pre', {}, text))]),
  );
}
