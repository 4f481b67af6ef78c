import type { Client, ClientEvents } from 'discord.js';

type Listener = (...args: unknown[]) => void;

/**
 * Stands between the listeners of the bot and the client of the moment: every login attempt has a client of its own
 * (see `client-factory`), the listeners stay.
 */
export class ClientRelay {
  readonly #listeners = new Map<keyof ClientEvents, Set<Listener>>();
  #client: Client | null = null;

  /** Listens on the client for everything that was and will be asked for, in place of the client before. */
  attach(client: Client): void {
    this.#client = client;
    for (const event of this.#listeners.keys()) this.#forward(client, event);
  }

  on(event: keyof ClientEvents, listener: Listener): this {
    const listeners = this.#listeners.get(event);
    if (listeners) {
      listeners.add(listener);
      return this;
    }
    this.#listeners.set(event, new Set([listener]));
    if (this.#client) this.#forward(this.#client, event);
    return this;
  }

  off(event: keyof ClientEvents, listener: Listener): this {
    this.#listeners.get(event)?.delete(listener);
    return this;
  }

  #forward(client: Client, event: keyof ClientEvents): void {
    client.on(event, (...args: unknown[]) => {
      if (client !== this.#client) return;
      for (const listener of this.#listeners.get(event) ?? []) listener(...args);
    });
  }
}
