import type { ChatEvent, ChatMessage, ChatPage } from '../../shared/control/page-api.js';
import { api, explain } from '../api.js';
import { element, setText } from '../dom.js';
import type { View } from '../view.js';
import { card } from '../views/card.js';
import { isIn, type Place, threadOf, withChatEvent } from './chat-thread.js';
import { composer } from './composer.js';
import { ThreadList } from './thread-list.js';

/** A conversation with Tux in the local Discord. */
export interface ChatView extends View {
  receive(event: ChatEvent): void;
  /** Reads the messages anew: after the first connection and each later one. */
  load(): Promise<void>;
}

/** The card with the chat of the local Discord; hidden where there is none. @param now the clock of the supervisor, ms since the epoch. */
export function chatView(now: () => number): ChatView {
  const channel = element('select', { attributes: { 'aria-label': 'Channel' } });
  const person = element('select', { attributes: { 'aria-label': 'Speak as' } });
  const error = element('p', { class: 'error', attributes: { role: 'alert' } });
  const list = new ThreadList((message, customId, values) => void use(message, customId, values));
  const input = composer((text) => attempt(() => api.say({ text, ...place() })));
  const choices = element('div', 'chat-choices', channel, element('span', 'muted', 'as'), person);
  const made = card('chat', 'Talk to Tux', { aside: [choices] }, list.element, error, input.element);
  made.hidden = true;

  let thread: readonly ChatMessage[] = [];
  let loads = 0;
  /** What happened while the messages were on their way: the answer may be older. */
  let meanwhile: ChatEvent[] | null = null;
  const place = (): Place => ({ channel: channel.value || 'general', as: person.value || 'owner' });

  const show = () => {
    const { channel: where, as } = place();
    list.show(thread, now());
    input.update(where === 'dm' ? `Write to Tux as ${as}` : `Write in #${where} as ${as}`, thread.length === 0);
  };
  const attempt = async (work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      setText(error, '');
      return true;
    } catch (problem) {
      setText(error, explain(problem));
      return false;
    }
  };
  const use = async ({ id }: ChatMessage, customId: string, values?: string[]) => {
    await attempt(() => api.click({ messageId: id, customId, ...place(), ...(values && { values }) }));
  };
  const load = async () => {
    loads += 1;
    const own = loads;
    const during: ChatEvent[] = [];
    meanwhile = during;
    await attempt(async () => {
      const page = await api.messages(place().channel);
      if (own !== loads) return; // another channel was chosen meanwhile
      showChoices(channel, page.channels, 'general', (name) => (name === 'dm' ? 'Direct messages' : `#${name}`));
      showChoices(person, page.people, 'owner', (name) => name);
      thread = threadOf(place(), page.messages, during);
      show();
      list.scrollToEnd();
    });
    if (own === loads) meanwhile = null;
  };
  channel.addEventListener('change', () => void load());
  person.addEventListener('change', () => void load());

  return {
    element: made,
    load,
    receive(event) {
      meanwhile?.push(event);
      if (!isIn(place(), event.message)) return;
      thread = withChatEvent(thread, event);
      show();
    },
    update({ hasSandbox }, at) {
      if (made.hidden && hasSandbox) {
        made.hidden = false;
        list.scrollToEnd(); // what is hidden has no end
      }
      list.refreshTimes(at);
    },
  };
}

/** Fills a choice once; what is chosen stays. */
function showChoices(
  select: HTMLSelectElement,
  values: ChatPage['people'],
  first: string,
  label: (value: string) => string,
): void {
  const known = [...select.options].map(({ value }) => value);
  if (known.join('\n') === values.join('\n')) return;
  const chosen = select.value || first;
  select.replaceChildren(...values.map((value) => element('option', { attributes: { value } }, label(value))));
  select.value = values.includes(chosen) ? chosen : (values[0] ?? '');
}
