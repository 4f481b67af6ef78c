import { button, element, setText } from '../dom.js';
import { plural } from '../format.js';
import { icon } from '../icons.js';
import type { LogFilter } from '../log/log-filter.js';
import { type LogLevel, type LogLine, logLevels } from '../log/log-line.js';
import { LogTail } from '../log/log-tail.js';
import type { View } from '../view.js';
import { card } from './card.js';

/** The end of the log as it grows, with a filter by level and words, and a way to hold it still. */
export function logView(): View {
  const tail = new LogTail();
  const level = levelChoice();
  const search = element('input', {
    attributes: { type: 'search', placeholder: 'Search', 'aria-label': 'Search the log', spellcheck: false },
  });
  const shownCount = element('span', { class: 'muted', attributes: { 'aria-live': 'off' } });
  const pause = button('Pause', () => hold(held === null ? lines : null), { attributes: { 'aria-pressed': 'false' } });
  const tools = element('div', 'log-tools', shownCount, level, search, pause);
  const made = card('log', 'Log', { aside: [tools] }, tail.element);

  let lines: readonly LogLine[] = [];
  /** What is shown while it is held still. */
  let held: readonly LogLine[] | null = null;
  let heldSince = 0;

  const filter = (): LogFilter => ({ level: level.value as LogLevel, search: search.value.trim() });
  const show = (isOther: boolean) => {
    const count = tail.show(held ?? lines, filter(), isOther);
    setText(shownCount, plural(count, 'line'));
    showPause();
  };
  const showPause = () => {
    const newer = held === null ? 0 : (lines.at(-1)?.key ?? 0) - heldSince;
    const words = held === null ? 'Pause' : newer === 0 ? 'Resume' : `Resume, ${newer} new`;
    pause.replaceChildren(icon(held === null ? 'pause' : 'play'), words);
    pause.setAttribute('aria-pressed', String(held !== null));
  };
  const hold = (still: readonly LogLine[] | null) => {
    held = still;
    heldSince = still?.at(-1)?.key ?? 0;
    show(false);
  };
  level.addEventListener('change', () => show(true));
  search.addEventListener('input', () => show(true));
  showPause();
  return {
    element: made,
    update({ logs }) {
      if (logs === lines) return;
      lines = logs;
      if (held === null) show(false);
      else showPause();
    },
  };
}

function levelChoice(): HTMLSelectElement {
  const words: Partial<Record<LogLevel, string>> = { trace: 'All levels', fatal: 'Fatal' };
  const name = (level: LogLevel) => words[level] ?? `${level.charAt(0).toUpperCase()}${level.slice(1)} and above`;
  const options = logLevels.map((level) => element('option', { attributes: { value: level } }, name(level)));
  const made = element('select', { attributes: { 'aria-label': 'Least severe level' } }, ...options);
  made.value = 'trace';
  return made;
}
