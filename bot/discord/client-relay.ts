import { type Client, type ClientEvents, Events } from 'discord.js';
import type { EventListener, EventSource, ListenerGroup } from '../framework/event-source.js';

/** Knows which event of the gateway is being told, and what became of it. */
export interface EventTracker {
  /** Whether this group is to be told of it. */
  isWanted(group: ListenerGroup): boolean;
  /** Work that it set off. */
  track(group: ListenerGroup, work: Promise<unknown>): void;
}

const untracked: EventTracker = { isWanted: () => true, track: () => {} };

/**
 * Stands between the listeners of the bot and the client of the moment: every login attempt has a client of its own
 * (see `client-factory`), the listeners stay. It leaves out those who have dealt with an event that Discord repeats, and hands
 * the promises of the others to `tracker`.
 *
 * `clientReady` is not the client's to tell: one that goes on with a session may be ready before those are there who listen. See
 * {@link tellReady}.
 */
export class ClientRelay implements EventSource {
  readonly #listeners = new Map<keyof ClientEvents, Map<EventListener, ListenerGroup>>();
  readonly #tracker: EventTracker;
  #client: Client | null = null;

  constructor(tracker: EventTracker = untracked) {
    this.#tracker = tracker;
  }

  /** Listens on the client for everything that was and will be asked for, in place of the client before. */
  attach(client: Client): void {
    this.#client = client;
    for (const event of this.#listeners.keys()) this.#forward(client, event);
  }

  on(event: keyof ClientEvents, listener: EventListener, group: ListenerGroup = 'listeners'): this {
    const listeners = this.#listeners.get(event);
    if (listeners) {
      listeners.set(listener, group);
      return this;
    }
    this.#listeners.set(event, new Map([[listener, group]]));
    if (this.#client) this.#forward(this.#client, event);
    return this;
  }

  off(event: keyof ClientEvents, listener: EventListener): this {
    this.#listeners.get(event)?.delete(listener);
    return this;
  }

  /** Tux is logged in, and everybody is there who listens. */
  tellReady(client: Client<true>): void {
    this.#tell(Events.ClientReady, [client]);
  }

  #forward(client: Client, event: keyof ClientEvents): void {
    if (event === Events.ClientReady) return;
    client.on(event, (...args: unknown[]) => {
      if (client === this.#client) this.#tell(event, args);
    });
  }

  #tell(event: keyof ClientEvents, args: readonly unknown[]): void {
    for (const [listener, group] of this.#listeners.get(event) ?? []) {
      if (!this.#tracker.isWanted(group)) continue;
      const work = listener(...args);
      if (work instanceof Promise) this.#tracker.track(group, work);
    }
  }
}
