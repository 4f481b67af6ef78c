import { Client } from 'pg';
import { clientConfig, resolveAddress } from '../bot/database/address.js';

/** Counts how often the bot reads a table of its embedded database, as that database itself counts it. */
export class TableReads {
  readonly #client: Client;

  constructor(stateDir: string) {
    const address = resolveAddress({ DATABASE_POOL_SIZE: 1, DATABASE_TLS: 'off' }, { stateDir });
    this.#client = new Client(clientConfig(address));
  }

  async connect(): Promise<void> {
    await this.#client.connect();
  }

  /** Reads of `table` since the database was opened. */
  async count(table: string): Promise<number> {
    await this.#client.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await this.#client.query(
      'SELECT seq_scan + coalesce(idx_scan, 0) AS reads FROM pg_stat_user_tables WHERE relname = $1',
      [table],
    );
    return Number(rows[0]?.reads ?? 0);
  }

  end(): Promise<void> {
    return this.#client.end();
  }
}
