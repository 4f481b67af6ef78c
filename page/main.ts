import type { RunRecord } from '../shared/control/run-record.js';
import { api } from './api.js';
import { chatView } from './chat/chat-view.js';
import { element } from './dom.js';
import { formatMoment } from './format.js';
import { LiveData } from './live-data.js';
import { initialState, type PageState, withEvent, withOverview } from './page-state.js';
import { describeClass } from './run-class.js';
import { SupervisorClock } from './supervisor-clock.js';
import type { View } from './view.js';
import { actionsView } from './views/actions-view.js';
import { connectionBanner, connectionPill } from './views/connection-view.js';
import { connectionsView } from './views/connections-view.js';
import { historyView } from './views/history-view.js';
import { lagView, memoryView } from './views/load-view.js';
import { lockedView } from './views/locked-view.js';
import { logView } from './views/log-view.js';
import { Notices } from './views/notices.js';
import { pageNavigation } from './views/page-navigation.js';
import { restartsView } from './views/restarts-view.js';
import { startupView } from './views/startup-view.js';
import { stateView } from './views/state-view.js';
import { tabSign } from './views/tab-sign.js';
import { TextPanel } from './views/text-panel.js';
import { themeSwitch } from './views/theme-switch.js';
import { workView } from './views/work-view.js';

// Puts the page together: the only place that knows all its parts.

const clock = new SupervisorClock();
const now = () => clock.now();
let state: PageState = initialState(Date.now());
/** The frame in which the next change is drawn. */
let frame: number | null = null;
const main = element('main', { attributes: { id: 'main', hidden: true } });

const live = new LiveData({
  onOverview(overview, serverTime) {
    clock.learn(serverTime);
    change(withOverview(state, overview, now()));
    if (overview.sandbox) void chat.load();
  },
  onEvent(event) {
    if (event.name === 'message') chat.receive(event.data);
    else change(withEvent(state, event.name, event.data as never, now()));
  },
  onLink(kind) {
    if (kind !== state.link.kind) change({ ...state, link: { kind, since: Date.now() } });
  },
});

const notices = new Notices();
const panel = new TextPanel();
const chat = chatView(now);
const texts = {
  openReport: (run: RunRecord) => void panel.open(titleOf('Report', run), () => api.report(run.runId)),
  openCrashRecord: (run: RunRecord) => void panel.open(titleOf('Last lines', run), () => api.crashRecord(run.runId)),
};
const actions = actionsView(notices, (allowed) => change({ ...state, actions: allowed }));
const pill = connectionPill();
const pageNav = pageNavigation();
const banner = connectionBanner(() => live.retry());
const locked = lockedView(() => live.retry());
const cards = {
  state: stateView(actions.element, texts.openCrashRecord),
  memory: memoryView(),
  lag: lagView(),
  startup: startupView(),
  connections: connectionsView(),
  work: workView(),
  restarts: restartsView(),
  history: historyView(texts),
  log: logView(),
};
const views: View[] = [pill, pageNav, banner, locked, actions, ...Object.values(cards), chat];
const showInTab = tabSign(document.querySelector<HTMLLinkElement>('link[rel=icon]') ?? document.createElement('link'));

document.body.append(...layOut());
live.start();
setInterval(render, 1_000);
render();

function change(next: PageState): void {
  state = next;
  if (document.hidden)
    render(); // a tab in the background has no frames, but its title counts
  else frame ??= requestAnimationFrame(render);
}

function render(): void {
  if (frame !== null) cancelAnimationFrame(frame);
  frame = null;
  const at = now();
  document.body.dataset.link = state.link.kind;
  document.body.dataset.sandbox = String(state.hasSandbox);
  main.hidden = state.status === null || state.link.kind === 'locked';
  for (const view of views) view.update(state, at);
  showInTab(state, at);
}

function layOut(): Node[] {
  const { state: head, ...others } = cards;
  const grid = element('div', 'cards', ...Object.values(others).map((view) => view.element));
  main.append(element('div', 'columns', element('div', 'facts-side', head.element, grid), chat.element));
  const brand = element('p', 'brand', element('strong', {}, 'Tux'), element('span', 'muted', 'status'));
  const header = element('header', 'top', brand, pageNav.element, pill.element, themeSwitch());
  return [header, banner.element, locked.element, main, notices.element, panel.element];
}

function titleOf(what: string, run: RunRecord): string {
  return `${what}: ${describeClass(run.class).label}, ${formatMoment(Date.parse(run.endedAt), now())}`;
}
