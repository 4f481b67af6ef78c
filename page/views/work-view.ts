import type { WorkerDetails } from '../../shared/control/worker-details.js';
import { element, setText } from '../dom.js';
import { formatCount } from '../format.js';
import type { Tone } from '../headline.js';
import { toneIcon } from '../icons.js';
import { type View, whenChanged } from '../view.js';
import { card } from './card.js';
import { type Fact, factList } from './fact-list.js';

/** What Tux is busy with: the job queue, what waits for its time, the background tasks, the caches. */
export function workView(): View {
  const figures = factList('figures');
  const tasks = element('ul', { class: 'tasks', attributes: { 'aria-label': 'Background tasks' } });
  const caches = element('p', 'muted caches');
  const silent = element('p', 'muted empty');
  const made = card('work', 'Work', {}, figures.element, tasks, caches, silent);
  const showTasks = whenChanged((text: string) => {
    const list = JSON.parse(text) as WorkerDetails['tasks'];
    tasks.replaceChildren(...list.map(taskItem));
  });
  return {
    element: made,
    update({ status, details: heard }) {
      const details = heard?.value ?? null;
      const worker = status?.value.worker ?? null;
      const queue = details?.queueDepth ?? worker?.queueDepth ?? null;
      figures.show([
        ...figure('Open jobs', queue),
        ...figure('Reminders', details?.reminders),
        ...figure('Scheduled messages', details?.scheduledDms),
        ...figure('Handled so far', details?.processed),
      ]);
      showTasks(JSON.stringify(details?.tasks ?? []));
      tasks.hidden = details === null;
      caches.hidden = details === null;
      silent.hidden = details !== null;
      setText(silent, worker === null ? 'No worker runs.' : 'The worker tells nothing of its work now.');
      setText(caches, details === null ? '' : cacheWords(details.caches));
    },
  };
}

function figure(name: string, value: number | null | undefined): Fact[] {
  return value == null ? [] : [{ name, value: formatCount(value) }];
}

function taskItem({ name, state, crashes }: WorkerDetails['tasks'][number]): HTMLElement {
  const tone: Tone = crashes > 0 ? 'warn' : state === 'running' ? 'good' : 'idle';
  const words = crashes === 0 ? state : `${state}, crashed ${crashes === 1 ? 'once' : `${crashes} times`}`;
  return element(
    'li',
    {},
    element('span', 'task-name', name),
    element('span', `task-state tone-${tone}`, toneIcon(tone), words),
  );
}

function cacheWords(caches: WorkerDetails['caches']): string {
  const rates = Object.entries(caches).flatMap(([name, { hits, misses }]) =>
    hits + misses === 0 ? [] : [`${name} ${Math.round((hits / (hits + misses)) * 100)} %`],
  );
  return rates.length === 0 ? '' : `Answered from the cache: ${rates.join(', ')}`;
}
