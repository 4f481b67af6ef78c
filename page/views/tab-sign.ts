import { headlineOf, type Tone } from '../headline.js';
import { tonePath } from '../icons.js';
import type { PageState } from '../page-state.js';
import { whenChanged } from '../view.js';

/** As in the style sheet, which pictures outside the document cannot use. Readable on light and dark tabs. */
const colors: Readonly<Record<Tone, string>> = {
  good: '#1f9d61',
  busy: '#2f7fd8',
  warn: '#c98a10',
  bad: '#d63b30',
  idle: '#7c8894',
};

/** Shows the state in the title and the icon of the browser's tab. */
export function tabSign(iconLink: HTMLLinkElement): (state: PageState, now: number) => void {
  const show = whenChanged((words: string, tone: Tone) => {
    document.title = `Tux: ${words}`;
    iconLink.href = `data:image/svg+xml,${encodeURIComponent(picture(tone))}`;
  });
  return ({ link, status }, now) => {
    if (link.kind === 'lost') show('no connection', 'idle');
    else if (status === null) show(link.kind === 'locked' ? 'locked' : 'connecting', 'idle');
    else {
      const { short, tone } = headlineOf(status.value, now);
      show(short, tone);
    }
  };
}

function picture(tone: Tone): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8" fill="${colors[tone]}"/>` +
    `<path d="${tonePath(tone)}" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>`
  );
}
