import { Client, type ClientConfig } from 'pg';
import { xpOfMessage } from '../../bot/cogs/levels/message-xp.js';
import { marksIn } from './traffic-plan.js';
import type { Sent, Stored } from './traffic-verdict.js';

/** What the bot's database says about the traffic, read past the bot. */
export class TrafficStore {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async open(config: string | ClientConfig): Promise<TrafficStore> {
    const client = new Client(config);
    client.on('error', () => {}); // the server has gone: whoever reads next hears of it, and nobody else need die of it
    await client.connect();
    return new TrafficStore(client);
  }

  close(): Promise<void> {
    return this.#client.end();
  }

  /** By the number of the command. @param talkers the ids of those who talk, by number. */
  async read(sent: readonly Sent[], talkers: ReadonlyMap<number, string>): Promise<Map<number, Stored>> {
    const cases = new Map<number, number>();
    const { rows } = await this.#client.query<{ reason: string }>('SELECT reason FROM cases');
    for (const number of rows.flatMap(({ reason }) => marksIn(reason))) cases.set(number, (cases.get(number) ?? 0) + 1);
    const levels = await this.#client.query<{ user_id: string; xp: number }>('SELECT user_id, xp FROM levels');
    const xp = new Map(levels.rows.map((row) => [row.user_id, row.xp]));
    return new Map(
      sent.map(({ number, kind, eventId }) => [
        number,
        {
          cases: cases.get(number) ?? 0,
          xp: kind === 'talk' ? (xp.get(talkers.get(number) ?? '') ?? null) : null,
          expectedXp: kind === 'talk' && eventId !== null ? xpOfMessage(eventId) : null,
        },
      ]),
    );
  }
}
