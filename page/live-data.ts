import type { Overview, PageEvents } from '../shared/control/page-api.js';
import { api, RequestError } from './api.js';
import { reconnectDelay } from './reconnect-delay.js';

/** An event of the supervisor, by its name: the union of all {@link PageEvents}. */
export type PageEvent = { [Name in keyof PageEvents]: { name: Name; data: PageEvents[Name] } }[keyof PageEvents];

/** Who hears what arrives. */
export interface LiveDataListener {
  /** @param serverTime the `Date` of the answer, when it has one. */
  onOverview(overview: Overview, serverTime: string | null): void;
  onEvent(event: PageEvent): void;
  /** `lost`: what is shown is old; another try follows. `locked`: the supervisor wants a token first, and `retry` follows a login. */
  onLink(kind: 'live' | 'lost' | 'locked'): void;
}

const eventNames = ['status', 'sample', 'run', 'log', 'details', 'message'] as const satisfies (keyof PageEvents)[];

/** The supervisor sends something every five seconds: after this much silence the connection is dead, whatever it says. */
const SILENCE_LIMIT_MS = 20_000;

/**
 * The overview, then every change of it, for as long as the page is open. A lost connection is tried again until it is there:
 * after a second, later every ten, and at once when the browser comes back to the network or the reader to the page.
 */
export class LiveData {
  readonly #listener: LiveDataListener;
  #source: EventSource | null = null;
  #attempt = new AbortController();
  #failures = 0;
  /** Until the overview is there, events wait: they are changes of it. */
  #waiting: PageEvent[] | null = [];
  #silence: ReturnType<typeof setTimeout> | undefined;
  #nextTry: ReturnType<typeof setTimeout> | undefined;

  constructor(listener: LiveDataListener) {
    this.#listener = listener;
  }

  start(): void {
    const retryIfLost = () => {
      if (this.#source === null && this.#failures > 0 && document.visibilityState === 'visible') this.retry();
    };
    window.addEventListener('online', retryIfLost);
    document.addEventListener('visibilitychange', retryIfLost);
    this.#connect();
  }

  /** Connects anew, at once. */
  retry(): void {
    this.#disconnect();
    this.#connect();
  }

  #connect(): void {
    this.#attempt = new AbortController();
    const { signal } = this.#attempt;
    const source = new EventSource('api/events');
    this.#source = source;
    this.#waiting = [];
    for (const name of eventNames) {
      source.addEventListener(name, ({ data }: MessageEvent<string>) =>
        this.#receive({ name, data: JSON.parse(data) }),
      );
    }
    // The overview is asked for when the events flow already, or what happens in between would be lost.
    source.addEventListener('open', () => void this.#loadOverview(signal));
    source.addEventListener('error', () => void this.#fail(signal));
    this.#expectNews();
  }

  #disconnect(): void {
    this.#attempt.abort();
    this.#source?.close();
    this.#source = null;
    clearTimeout(this.#silence);
    clearTimeout(this.#nextTry);
  }

  async #loadOverview(signal: AbortSignal): Promise<void> {
    try {
      const { overview, serverTime } = await api.overview(signal);
      if (signal.aborted) return;
      this.#failures = 0;
      this.#listener.onOverview(overview, serverTime);
      this.#listener.onLink('live');
      const waiting = this.#waiting ?? [];
      this.#waiting = null;
      for (const event of waiting) this.#deliver(withoutKnown(event, overview));
    } catch (error) {
      this.#lose(error, signal);
    }
  }

  #receive(event: PageEvent): void {
    this.#expectNews();
    if (this.#waiting) this.#waiting.push(event);
    else this.#deliver(event);
  }

  #deliver(event: PageEvent): void {
    this.#listener.onEvent(event);
  }

  #expectNews(): void {
    clearTimeout(this.#silence);
    const { signal } = this.#attempt;
    this.#silence = setTimeout(() => this.#lose(new Error('silence'), signal), SILENCE_LIMIT_MS);
  }

  /** An EventSource does not say why it failed. Asking for the overview does. */
  async #fail(signal: AbortSignal): Promise<void> {
    this.#source?.close();
    try {
      await api.overview(signal);
      this.#lose(new Error('the events broke off'), signal);
    } catch (error) {
      this.#lose(error, signal);
    }
  }

  #lose(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#disconnect();
    if (error instanceof RequestError && error.code === 'TUX_HTTP_LOGIN') {
      this.#listener.onLink('locked');
      return;
    }
    this.#failures += 1;
    this.#listener.onLink('lost');
    this.#nextTry = setTimeout(() => this.#connect(), reconnectDelay(this.#failures));
  }
}

/** Lines that came while the overview was on its way may be in it already. */
function withoutKnown(event: PageEvent, overview: Overview): PageEvent {
  if (event.name !== 'log') return event;
  const known = new Set(overview.logs);
  return { name: 'log', data: event.data.filter((line) => !known.has(line)) };
}
