import type { RunRecord } from '../../shared/control/run-record.js';
import type { Status } from '../../shared/control/status.js';
import { button, element } from '../dom.js';
import { formatDuration, formatMoment, formatSeconds } from '../format.js';
import { toneIcon } from '../icons.js';
import type { Heard } from '../page-state.js';
import { describeClass, describeExit, hasCrashRecord } from '../run-class.js';
import { type View, whenChanged } from '../view.js';
import { card } from './card.js';

/** What opens the texts that belong to a run. */
export interface RunTexts {
  openReport(run: RunRecord): void;
  openCrashRecord(run: RunRecord): void;
}

const SHOWN_AT_FIRST = 8;
const columns = ['Ended', 'How', 'Why', 'Up for', 'Ready after', 'Exit', 'Look into'] as const;

/** The runs of the worker, newest first, each with how and why it ended. */
export function historyView(texts: RunTexts): View {
  const body = element('tbody', { attributes: { role: 'rowgroup' } });
  const table = element('table', { attributes: { role: 'table', 'aria-labelledby': 'history-title' } });
  table.append(tableHead(), body);
  const empty = element('p', 'muted empty', 'No run has ended yet. When one does, it is listed here with its reason.');
  let showsAll = false;
  const more = button('', () => {
    showsAll = !showsAll;
    render();
  });
  const made = card('history', 'Runs', { aside: [more] }, table, empty);
  let runs: readonly RunRecord[] = [];
  let current: HTMLElement | null = null;
  let day = 0;

  function render(): void {
    const newestFirst = runs.toReversed();
    const shown = showsAll ? newestFirst : newestFirst.slice(0, SHOWN_AT_FIRST);
    body.replaceChildren(...(current ? [current] : []), ...shown.map((run) => runRow(run, day, texts)));
    table.hidden = shown.length === 0 && current === null;
    empty.hidden = runs.length > 0;
    more.hidden = runs.length <= SHOWN_AT_FIRST;
    more.textContent = showsAll ? `Show the last ${SHOWN_AT_FIRST}` : `Show all ${runs.length}`;
  }
  const showRuns = whenChanged((next: readonly RunRecord[], _day: string, now: number) => {
    runs = next;
    day = now;
    render();
  });
  const showCurrent = currentRow((row) => {
    current = row;
    render();
  });
  let dayStart = 0;
  return {
    element: made,
    update(state, now) {
      const today = new Date(now).toDateString(); // times of another day are written with their date
      if (new Date(dayStart).toDateString() !== today) dayStart = now;
      showCurrent(state.status, now);
      showRuns(state.runs, today, dayStart);
    },
  };
}

function tableHead(): HTMLElement {
  const cells = columns.map((name) => element('th', { attributes: { scope: 'col', role: 'columnheader' } }, name));
  const row = element('tr', { attributes: { role: 'row' } }, ...cells);
  return element('thead', { attributes: { role: 'rowgroup' } }, row);
}

/** Cells carry the name of their column, which the phone shows in front of them. */
function row(className: string, cells: readonly (Node | string)[][]): HTMLElement {
  const made = element('tr', { class: className, attributes: { role: 'row' } });
  for (const [index, parts] of cells.entries()) {
    const name = columns[index] ?? '';
    made.append(element('td', { attributes: { role: 'cell', 'data-column': name } }, ...parts));
  }
  return made;
}

function runRow(run: RunRecord, now: number, { openReport, openCrashRecord }: RunTexts): HTMLElement {
  const { label, tone } = describeClass(run.class);
  const ended = Date.parse(run.endedAt);
  const time = element('time', { attributes: { datetime: run.endedAt, title: run.endedAt } }, formatMoment(ended, now));
  const links: Node[] = [];
  const named = (words: string) => ({ class: 'link', attributes: { 'aria-label': `${words}, run ${run.runId}` } });
  if (run.reportPath !== null) links.push(button('Report', () => openReport(run), named('Report')));
  if (hasCrashRecord(run)) links.push(button('Last lines', () => openCrashRecord(run), named('Last lines')));
  const reason = element('span', 'reason', run.reason);
  const isNamed = run.by === null || run.reason.includes(run.by);
  const by = isNamed ? [] : [element('span', 'muted', `, by ${run.by}`)];
  return row('', [
    [time],
    [element('span', `badge tone-${tone}`, toneIcon(tone), label)],
    [reason, ...by, element('code', 'run-id', run.runId)],
    [formatDuration(run.uptimeMs)],
    [run.readyMs === null ? 'never' : formatDuration(run.readyMs)],
    [describeExit(run)],
    links,
  ]);
}

/** The run that goes on, as the first row; made anew for another run only. */
function currentRow(show: (row: HTMLElement | null) => void): (status: Heard<Status> | null, now: number) => void {
  const up = document.createTextNode('');
  const change = whenChanged((runId: string | null, hasStarted: boolean) => {
    if (runId === null) return show(null);
    const tone = hasStarted ? 'good' : 'busy';
    const badge = element('span', `badge tone-${tone}`, toneIcon(tone), hasStarted ? 'runs' : 'starts');
    const words = element('span', 'muted', 'This run goes on.');
    show(row('current', [['now'], [badge], [words, element('code', 'run-id', runId)], [up], [''], [''], ['']]));
  });
  return (status, now) => {
    const worker = status?.value.worker ?? null;
    if (status && worker) up.data = formatSeconds(worker.uptimeMs + now - status.at);
    change(worker?.runId ?? null, worker?.state !== 'INITIALIZING' && worker?.state !== 'STARTING');
  };
}
