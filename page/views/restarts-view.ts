import type { Status } from '../../shared/control/status.js';
import { element, setAttributes, setText, svgElement } from '../dom.js';
import { formatCount, formatMoment, formatSeconds } from '../format.js';
import { toneIcon } from '../icons.js';
import { describeClass } from '../run-class.js';
import { type View, whenChanged } from '../view.js';
import { card } from './card.js';

/** Below this share of the day's logins, a restart waits until there are more (`shared/identify-ledger`). */
const RESERVE = 0.2;

const classes = [
  ['planned', 'planned'],
  ['crash', 'crash'],
  ['hang', 'hang'],
  ['failedStart', 'failed-start'],
  ['limit', 'limit'],
] as const;

/** How often the worker was restarted and why, and how many logins Discord still allows. */
export function restartsView(): View {
  const counts = element('ul', {
    class: 'counts',
    attributes: { 'aria-label': 'Restarts since the supervisor started' },
  });
  const bar = svgElement('rect', { class: 'budget-left', x: '0', y: '0', height: '100%', rx: '4' });
  const reserveAt = `${RESERVE * 100}%`;
  const picture = svgElement(
    'svg',
    { class: 'budget-bar', 'aria-hidden': 'true' },
    svgElement('rect', { class: 'budget-total', width: '100%', height: '100%', rx: '4' }),
    bar,
    svgElement('line', { class: 'budget-reserve', x1: reserveAt, x2: reserveAt, y1: '0', y2: '100%' }),
  );
  const left = element('strong');
  const frees = element('p', 'muted');
  const title = element('h3', {}, 'Logins left today (IDENTIFY budget)');
  const budget = element('div', 'budget', element('div', 'card-head', title, element('p', {}, left)), picture, frees);
  const made = card('restarts', 'Restarts', {}, counts, budget);

  const showCounts = whenChanged((text: string) => {
    const restarts = JSON.parse(text) as Status['restarts'];
    counts.replaceChildren(...classes.map(([name, runClass]) => countItem(restarts[name], runClass)));
  });
  return {
    element: made,
    update({ status }, now) {
      if (status === null) return;
      const { restarts, identifyBudget } = status.value;
      showCounts(JSON.stringify(restarts));
      const { total, remaining } = identifyBudget;
      const share = total === 0 ? 0 : Math.min(1, Math.max(0, remaining / total));
      setAttributes(bar, { width: `${share * 100}%` });
      made.dataset.budget = share <= RESERVE ? 'low' : 'enough';
      setText(left, `${formatCount(remaining)} of ${formatCount(total)}`);
      setText(frees, budgetWords(identifyBudget, share, now));
    },
  };
}

function countItem(count: number, runClass: string): HTMLElement {
  const { label, tone } = describeClass(runClass);
  const look = count === 0 ? 'none' : `tone-${tone}`;
  return element(
    'li',
    look,
    element('strong', {}, count > 0 && toneIcon(tone), formatCount(count)),
    element('span', {}, label),
  );
}

function budgetWords({ total, resetAt }: Status['identifyBudget'], share: number, now: number): string {
  const at = resetAt === null ? null : Date.parse(resetAt);
  const back =
    at === null
      ? 'Nothing is used up.'
      : `The next is back at ${formatMoment(at, now)}, in ${formatSeconds(at - now)}.`;
  const reserve = formatCount(Math.round(total * RESERVE));
  if (share < RESERVE) return `${back} Restarts wait until more than ${reserve} are left.`;
  return `${back} Below ${reserve}, restarts wait.`;
}
