import { button, element, setText } from '../dom.js';
import { formatAge, formatTime } from '../format.js';
import { icon } from '../icons.js';
import type { View } from '../view.js';

/** Whether what one sees is true now. */
export function connectionPill(): View {
  const words = element('span');
  const made = element('p', { class: 'pill', attributes: { id: 'connection' } }, element('span', 'pulse'), words);
  const texts = { connecting: 'Connecting', live: 'Live', lost: 'Connection lost', locked: 'Locked' };
  return {
    element: made,
    update({ link }) {
      made.dataset.link = link.kind;
      setText(words, texts[link.kind]);
    },
  };
}

/** Says that the connection is lost and that the rest of the page is old; or that the page itself is. */
export function connectionBanner(retry: () => void): View {
  const words = element('p', { attributes: { role: 'status' } });
  const age = element('p', 'muted');
  const tryNow = button('Try now', retry);
  const loadAnew = button('Load the page anew', () => location.reload());
  const made = element('div', { class: 'banner', attributes: { hidden: true } });
  made.append(icon('alert'), element('div', 'banner-words', words, age), tryNow, loadAnew);
  let firstVersion: string | null = null;
  return {
    element: made,
    update({ link, status }) {
      const isLost = link.kind === 'lost';
      firstVersion ??= status?.value.supervisor.version ?? null;
      const isOutdated = status !== null && status.value.supervisor.version !== firstVersion;
      made.hidden = !isLost && !isOutdated;
      tryNow.hidden = !isLost;
      loadAnew.hidden = isLost || !isOutdated;
      if (isLost) setText(words, lostWords(status !== null));
      else if (isOutdated) setText(words, `tux-supervisor is version ${status.value.supervisor.version} now.`);
      const since = Date.now() - link.since;
      setText(age, isLost ? `Since ${formatTime(link.since)}, ${formatAge(since)}. Trying again by itself.` : '');
    },
  };
}

function lostWords(hasData: boolean): string {
  return hasData
    ? 'No connection to tux-supervisor. What you see below is old.'
    : 'No connection to tux-supervisor. Does it run?';
}
