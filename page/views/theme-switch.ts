import { button } from '../dom.js';
import { icon } from '../icons.js';

const STORED = 'tux-theme';
type Theme = 'light' | 'dark';

/** Light or dark: as the system has it, until somebody presses the switch. */
export function themeSwitch(): HTMLButtonElement {
  const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
  const current = (): Theme => chosen() ?? (systemIsDark.matches ? 'dark' : 'light');
  const made = button('', () => {
    choose(current() === 'dark' ? 'light' : 'dark');
    show();
  });
  made.classList.add('icon-button');
  const show = () => {
    const other = current() === 'dark' ? 'light' : 'dark';
    made.replaceChildren(icon(other === 'dark' ? 'moon' : 'sun'));
    made.setAttribute('aria-label', `Use the ${other} theme`);
    made.title = `Use the ${other} theme`;
  };
  systemIsDark.addEventListener('change', show);
  applyStored();
  show();
  return made;
}

function applyStored(): void {
  const theme = chosen();
  if (theme) document.documentElement.dataset.theme = theme;
}

function choose(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(STORED, theme);
  } catch {
    // not allowed to remember: it lasts as long as the page
  }
}

function chosen(): Theme | null {
  const { theme } = document.documentElement.dataset;
  if (theme === 'light' || theme === 'dark') return theme;
  try {
    const stored = localStorage.getItem(STORED);
    return stored === 'light' || stored === 'dark' ? stored : null;
  } catch {
    return null;
  }
}
