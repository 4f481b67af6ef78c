import type { RunRecord } from '../../shared/control/run-record.js';
import type { Status } from '../../shared/control/status.js';
import { button, element, setText } from '../dom.js';
import { formatAge, formatDuration, formatMoment, formatSeconds, withLocalMoments } from '../format.js';
import { type Headline, headlineOf } from '../headline.js';
import { toneIcon } from '../icons.js';
import type { Heard } from '../page-state.js';
import { describeClass, describeExit, hasCrashRecord } from '../run-class.js';
import { type View, whenChanged } from '../view.js';
import { type Fact, factList } from './fact-list.js';

/** What Tux does, in large letters: the state, what is wrong, since when, and how the last run ended. */
export function stateView(actions: HTMLElement, openCrashRecord: (run: RunRecord) => void): View {
  const sign = element('div', 'state-sign');
  const title = element('h1', 'state-title');
  const detail = element('p', 'state-detail');
  const problems = element('ul', { class: 'problems', attributes: { 'aria-label': 'Why Tux does not serve' } });
  const facts = factList('state-facts');
  const lastExit = element('p', 'last-exit');
  /** Screen readers hear of another state, and not of each second of a countdown. */
  const spoken = element('p', { class: 'visually-hidden', attributes: { role: 'status' } });
  const words = element('div', 'state-words', title, detail, problems);
  const top = element('div', 'state-top', sign, words, actions);
  const made = element('section', { class: 'state', attributes: { id: 'state', 'aria-label': 'State' } });
  made.append(top, facts.element, lastExit, spoken);

  const showSign = whenChanged((tone: Headline['tone']) => {
    made.dataset.tone = tone;
    sign.replaceChildren(toneIcon(tone));
  });
  const showProblems = whenChanged((text: string) => {
    const items = text === '' ? [] : text.split('\n');
    problems.hidden = items.length === 0;
    problems.replaceChildren(...items.map((item) => element('li', {}, item)));
  });
  const showLastExit = whenChanged((status: Status, run: RunRecord | null, age: string) => {
    lastExit.hidden = status.lastExit === null;
    if (status.lastExit) lastExit.replaceChildren(...lastExitParts(status.lastExit, run, age, openCrashRecord));
  });

  return {
    element: made,
    update({ status: heard, runs }, now) {
      if (heard === null) return;
      const status = heard.value;
      const headline = headlineOf(status, now);
      showSign(headline.tone);
      setText(title, headline.title);
      setText(detail, withLocalMoments(headline.detail, now));
      setText(spoken, `Tux: ${headline.short}`);
      showProblems(withLocalMoments(status.readiness.problems.join('\n'), now));
      facts.show(factsOf(heard, now));
      const { lastExit: exit } = status;
      const run = runs.findLast(({ endedAt }) => endedAt === exit?.at) ?? null;
      showLastExit(status, run, exit === null ? '' : formatAge(now - Date.parse(exit.at)));
    },
  };
}

function factsOf({ value: status, at }: Heard<Status>, now: number): Fact[] {
  const { worker, supervisor } = status;
  const facts: Fact[] = [];
  if (worker) {
    facts.push({ name: 'Up for', value: formatSeconds(worker.uptimeMs + now - at) });
    facts.push({ name: 'Worker', value: `pid ${worker.pid}` });
    facts.push({ name: 'Run', value: worker.runId, isCode: true });
  } else {
    facts.push({ name: 'Worker', value: 'none runs' });
  }
  const upMs = now - Date.parse(supervisor.startedAt);
  facts.push({ name: 'Supervisor', value: `pid ${supervisor.pid}, up for ${formatSeconds(upMs)}` });
  if (status.standby) facts.push({ name: 'Standby', value: describeStandby(status.standby) });
  if (status.nextScheduledRestart) {
    const next = Date.parse(status.nextScheduledRestart);
    const value = `${formatMoment(next, now)}, in ${formatSeconds(next - now)}`;
    facts.push({ name: 'Scheduled restart', value });
  }
  facts.push({ name: 'Version', value: supervisor.version });
  return facts;
}

function describeStandby({ state, reason, pid }: NonNullable<Status['standby']>): string {
  if (state === 'ready') return `ready, pid ${pid}`;
  if (state === 'preparing') return 'is being prepared';
  return `none: ${reason ?? state}`;
}

function lastExitParts(
  exit: NonNullable<Status['lastExit']>,
  run: RunRecord | null,
  age: string,
  openCrashRecord: (run: RunRecord) => void,
): Node[] {
  const { label, tone } = describeClass(exit.class);
  const after = run === null ? '' : ` after ${formatDuration(run.uptimeMs)}`;
  const parts: Node[] = [
    element('span', 'muted', 'Last end: '),
    element('span', `badge tone-${tone}`, toneIcon(tone), label),
    document.createTextNode(` ${describeExit(exit)}${after}, ${age}: ${exit.reason}`),
  ];
  if (run && hasCrashRecord(run)) {
    parts.push(
      document.createTextNode(' '),
      button('See its last lines', () => openCrashRecord(run), { class: 'link' }),
    );
  }
  return parts;
}
