import { Client } from 'pg';
import { ulid } from 'ulid';
import { inject } from 'vitest';
import { postgresUrl } from './postgres.js';

/**
 * The PostgreSQL that test files share (`shared-postgres-setup.ts` starts it), as one file sees it: it has databases of its own
 * there, and cannot do anything to the server. A test that takes the server down starts one with `startPostgres`.
 */
export class SharedPostgres {
  readonly #server = inject('postgres');
  readonly #admin: Client;
  readonly #databases: string[] = [];

  private constructor() {
    this.#admin = new Client({ connectionString: this.url('postgres') });
  }

  /** For `beforeAll`; {@link leave} is for `afterAll`. */
  static async join(): Promise<SharedPostgres> {
    const postgres = new SharedPostgres();
    await postgres.#admin.connect();
    return postgres;
  }

  /** The URL of a database on the server. */
  url(database: string, password?: string): string {
    return postgresUrl(this.#server.port, database, password);
  }

  /** Makes a database that is as Tux leaves it after its first start: with its tables, and nobody in it. @returns its URL. */
  createDatabase(): Promise<string> {
    return this.#copy(this.#server.template);
  }

  /** Makes one without tables. @returns its URL. */
  createEmptyDatabase(): Promise<string> {
    return this.#copy('template0');
  }

  /** Removes the databases of this file, whoever still uses them. */
  async leave(): Promise<void> {
    for (const name of this.#databases) await this.#admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await this.#admin.end();
  }

  async #copy(template: string): Promise<string> {
    const name = `test_${ulid().toLowerCase()}`;
    this.#databases.push(name);
    // Copying the files costs less than writing their contents to the log first, which is the default.
    await this.#admin.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
    return this.url(name);
  }
}
