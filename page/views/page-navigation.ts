import { element } from '../dom.js';
import type { View } from '../view.js';

/** Ways to the parts of the page that stand far below, above all on a phone. */
export function pageNavigation(): View {
  const link = (id: string, words: string) => element('a', { attributes: { href: `#${id}` } }, words);
  const chat = link('chat', 'Chat');
  const made = element('nav', { attributes: { 'aria-label': 'Parts of the page' } });
  made.append(link('startup', 'Start-up'), link('work', 'Work'), link('history', 'Runs'), link('log', 'Log'), chat);
  return {
    element: made,
    update({ link: { kind }, status, hasSandbox }) {
      made.hidden = status === null || kind === 'locked';
      chat.hidden = !hasSandbox;
    },
  };
}
