import type { ServerResponse } from 'node:http';
import type { Clock } from '../../shared/clock.js';
import { MAX_EVENT_LOGS, MAX_OVERVIEW_LOGS, type PageEvents } from '../../shared/control/page-api.js';
import type { WorkerDetails } from '../../shared/control/worker-details.js';
import type { OperatorRequests } from '../control/operator-requests.js';
import { sampleOf } from '../history/sample-history.js';
import type { LogSink } from '../logs/log-sink.js';
import type { SupervisionObservers } from '../supervision-observer.js';
import { EventClient, eventText } from './event-client.js';
import { Pacer } from './pacer.js';
import type { SandboxChat } from './sandbox-chat.js';

const MAX_CLIENTS = 16;
/** Changes come in bursts. */
const STATUS_INTERVAL_MS = 1_000;
/** What does not announce itself is looked up so often: details, and a worker that has fallen silent. */
const LOOK_INTERVAL_MS = 5_000;
const LOG_INTERVAL_MS = 250;
/** Proxies cut a connection on which nothing comes. */
const KEEP_ALIVE_MS = 15_000;

export interface LiveFeedOptions {
  readonly requests: Pick<OperatorRequests, 'freshStatus' | 'workerDetails'>;
  readonly events: SupervisionObservers;
  readonly sink: Pick<LogSink, 'subscribe'>;
  /** Null without a sandbox. */
  readonly chat: SandboxChat | null;
  readonly clock: Clock;
}

/** Tells all who listen what happens, as {@link PageEvents}. While nobody does, nothing is watched and no timer runs. */
export class LiveFeed {
  readonly #options: LiveFeedOptions;
  readonly #clients = new Set<EventClient>();
  #watch: Watch | null = null;

  constructor(options: LiveFeedOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#clients.size >= MAX_CLIENTS;
  }

  /** Somebody listens from now on. @param response whose head has been written. */
  open(response: ServerResponse): void {
    this.#clients.add(new EventClient(response, (client) => this.#remove(client)));
    if (this.#watch)
      this.#watch.requestStatus(); // it may have changed since the overview
    else this.#watch = new Watch(this.#options, (text) => this.#send(text));
  }

  close(): void {
    for (const client of this.#clients) client.end();
  }

  #send(text: string): void {
    for (const client of this.#clients) client.send(text);
  }

  #remove(client: EventClient): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0) return;
    this.#watch?.stop();
    this.#watch = null;
  }
}

/** Everything that goes on while somebody listens. */
class Watch {
  readonly #options: LiveFeedOptions;
  readonly #send: (text: string) => void;
  readonly #stopping = new AbortController();
  readonly #status: Pacer;
  readonly #logs: Pacer;
  readonly #releasers: (() => void)[] = [];
  #lines: string[] = [];

  constructor(options: LiveFeedOptions, send: (text: string) => void) {
    const { events, sink, chat, clock } = options;
    this.#options = options;
    this.#send = send;
    this.#status = new Pacer(STATUS_INTERVAL_MS, () => this.#tellStatus(), clock);
    this.#logs = new Pacer(LOG_INTERVAL_MS, () => this.#tellLogs(), clock);
    this.#releasers.push(
      () => this.#status.stop(),
      () => this.#logs.stop(),
      events.add({
        onHeartbeat: (runId, heartbeat) => this.#tell('sample', sampleOf(runId, heartbeat, clock.now())),
        onRunEnded: (run) => this.#tell('run', run),
        onChange: () => this.#status.request(),
      }),
      sink.subscribe((line) => this.#noteLine(line)),
    );
    const { signal } = this.#stopping;
    void this.#repeat(LOOK_INTERVAL_MS, () => this.#look());
    void this.#repeat(KEEP_ALIVE_MS, () => send(': still here\n\n'));
    void chat?.follow((event) => this.#tell('message', event), signal);
  }

  requestStatus(): void {
    this.#status.request();
  }

  stop(): void {
    this.#stopping.abort();
    for (const release of this.#releasers) release();
  }

  #tell<E extends keyof PageEvents>(event: E, data: PageEvents[E]): void {
    if (!this.#stopping.signal.aborted) this.#send(eventText(event, data));
  }

  async #tellStatus(): Promise<void> {
    this.#tell('status', await this.#options.requests.freshStatus());
  }

  async #look(): Promise<void> {
    this.#status.request();
    this.#tell('details', await detailsOf(this.#options.requests));
  }

  #noteLine(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > MAX_OVERVIEW_LOGS) this.#lines.shift(); // nobody reads that fast
    this.#logs.request();
  }

  #tellLogs(): void {
    const lines = this.#lines;
    this.#lines = [];
    for (let at = 0; at < lines.length; at += MAX_EVENT_LOGS) this.#tell('log', lines.slice(at, at + MAX_EVENT_LOGS));
  }

  async #repeat(intervalMs: number, work: () => Promise<void> | void): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await work();
      await this.#options.clock.sleep(intervalMs, signal).catch(() => {}); // rejects only at the end
    }
  }
}

/** What the worker says of itself; null when none answers. */
export async function detailsOf(requests: Pick<OperatorRequests, 'workerDetails'>): Promise<WorkerDetails | null> {
  try {
    return JSON.parse(await requests.workerDetails()) as WorkerDetails;
  } catch {
    return null; // there is none, or it hangs; the status says which
  }
}
