import type { Actions } from '../../shared/control/page-api.js';
import type { ReloadResult } from '../../shared/control/reload-result.js';
import { api, explain, RequestError } from '../api.js';
import { button, element } from '../dom.js';
import { formatDuration } from '../format.js';
import { icon } from '../icons.js';
import { type View, whenChanged } from '../view.js';
import { confirm, type Question } from './confirm-dialog.js';
import { askForToken } from './login-form.js';
import type { Notices } from './notices.js';

const questions = {
  restart: {
    title: 'Restart Tux?',
    text: 'The worker finishes what it is doing and another one takes over within seconds. Jobs and reminders are kept.',
    action: 'Restart',
    isDangerous: false,
    option: { label: 'Even in a hold, or when few logins are left' },
  },
  stop: {
    title: 'Stop Tux and its supervisor?',
    text: 'Nothing starts them again from here, and this page goes with them. Jobs and reminders are kept for the next start.',
    action: 'Stop',
    isDangerous: true,
    option: { label: 'At once, without finishing what is going on' },
  },
  reload: {
    title: 'Reload the settings?',
    text: 'Reads .env again and applies what can change while Tux runs. A file that is not valid changes nothing.',
    action: 'Reload',
    isDangerous: false,
    option: null,
  },
} as const satisfies Record<string, Question>;

/** Restart, reload and stop; or the way to them. @param onActions is told when somebody logged in or out. */
export function actionsView(notices: Notices, onActions: (actions: Actions) => void): View {
  const made = element('div', { class: 'actions', attributes: { role: 'group', 'aria-label': 'Actions' } });
  const run = (question: Question, work: (option: boolean) => Promise<void>) => async () => {
    const answer = await confirm(question);
    if (answer === null) return;
    setBusy(made, true);
    try {
      await work(answer.option);
    } catch (error) {
      if (error instanceof RequestError && error.code === 'TUX_HTTP_LOGIN') onActions('token');
      notices.show('bad', `${question.action} failed: ${explain(error)}`);
    } finally {
      setBusy(made, false);
    }
  };
  const logIn = async () => {
    const actions = await askForToken();
    if (actions !== null) onActions(actions);
  };
  const logOut = async () => onActions((await api.logout()).actions);

  const doers = {
    restart: run(questions.restart, (force) => restart(notices, force)),
    reload: run(questions.reload, () => reload(notices)),
    stop: run(questions.stop, (now) => stop(notices, now)),
    logIn: () => void logIn(),
    logOut: () => void logOut().catch((error: unknown) => notices.show('bad', explain(error))),
  };
  const show = whenChanged((actions: Actions) => made.replaceChildren(...parts(actions, doers)));
  return {
    element: made,
    update({ actions, link }) {
      show(actions);
      made.toggleAttribute('inert', link.kind !== 'live');
    },
  };
}

function parts(
  actions: Actions,
  doers: Record<'restart' | 'reload' | 'stop' | 'logIn' | 'logOut', () => void>,
): Node[] {
  if (actions === 'none') {
    const words = element('p', 'muted', icon('lock'), 'Read only. Set ', element('code', {}, 'TUX_HTTP_TOKEN'));
    words.append(' to restart, reload or stop Tux from here.');
    return [words];
  }
  const labelled = (name: 'restart' | 'reload' | 'stop' | 'lock', label: string, onClick: () => void) => {
    const made = button(label, onClick);
    made.prepend(icon(name));
    return made;
  };
  if (actions === 'token') return [labelled('lock', 'Log in to act', doers.logIn)];
  return [
    labelled('restart', 'Restart', doers.restart),
    labelled('reload', 'Reload', doers.reload),
    labelled('stop', 'Stop', doers.stop),
    button('Log out', doers.logOut, { class: 'quiet' }),
  ];
}

function setBusy(group: HTMLElement, isBusy: boolean): void {
  for (const each of group.querySelectorAll('button')) each.disabled = isBusy;
}

async function restart(notices: Notices, force: boolean): Promise<void> {
  const done = notices.show('busy', 'Restarting Tux …');
  try {
    const { pid, tookMs } = await api.restart(force);
    notices.show('good', `Tux is ready again after ${formatDuration(tookMs)}, as pid ${pid}.`);
  } finally {
    done();
  }
}

async function stop(notices: Notices, now: boolean): Promise<void> {
  await api.stop(now);
  notices.show('warn', 'Tux is being stopped. This page loses its connection when that is done.');
}

async function reload(notices: Notices): Promise<void> {
  const result = await api.reload();
  if (result.changes.length === 0) notices.show('good', 'Nothing has changed in the settings.');
  else notices.show('good', 'Reloaded:', changeList(result));
}

const effects = {
  now: 'in use',
  restart: 'after a restart',
  'supervisor-restart': 'after a restart of the supervisor',
};

function changeList({ changes }: ReloadResult): HTMLElement {
  const items = changes.map(({ name, from, to, takesEffect }) =>
    element('li', {}, element('code', {}, name), ` ${from} → ${to}, ${effects[takesEffect]}`),
  );
  return element('ul', {}, ...items);
}
