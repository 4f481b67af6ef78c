import { type Client, Sweepers } from 'discord.js';
import { type ClientOptions, createClient } from './client-factory.js';

/** What only whoever logs in can say. */
export type Connector = Omit<ClientOptions, 'apiUrl'>;

/**
 * A client that is made before anybody logs in with it, so that its caches can be filled meanwhile. Until then it has no connection,
 * nothing is swept, and it tells nobody anything. Of its timers there are two, which look once an hour after rate limits that it has
 * not met.
 */
export class WaitingClient {
  readonly client: Client;
  #connector: Connector | null = null;

  /** @param apiUrl REST endpoint other than Discord's. */
  constructor(apiUrl: string | undefined) {
    this.client = createClient({
      apiUrl,
      buildIdentifyThrottler: (manager) => this.#connected.buildIdentifyThrottler(manager),
      onSockets: (manager) => this.#connected.onSockets?.(manager),
    });
    for (const timer of Object.values(this.client.sweepers.intervals)) clearInterval(timer ?? undefined);
  }

  /** It is used from now on, by this one. To be called once, before the login. */
  useBy(connector: Connector): Client {
    const { client } = this;
    this.#connector = connector;
    client.sweepers = new Sweepers(client as Client<true>, client.options.sweepers ?? {}); // as discord.js makes them
    return client;
  }

  /** Nobody needs it any more. Never rejects. */
  async destroy(): Promise<void> {
    await this.client.destroy().catch(() => {});
  }

  get #connected(): Connector {
    if (this.#connector === null) throw new Error('nobody uses this client yet');
    return this.#connector;
  }
}
