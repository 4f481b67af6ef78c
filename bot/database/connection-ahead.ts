import type { DataSource, QueryRunner } from 'typeorm';
import { deadline } from '../../shared/deadline.js';
import { type DataSourceDeps, openDataSource } from './data-source.js';
import { entities } from './entities/all.js';
import { assertCompatible, isMigrated } from './migration-runner.js';

/** A server that answers takes a millisecond or two; one that does not is met with new connections, which say more. */
const TAKE_LIMIT_MS = 500;

/**
 * A connection to the server that is opened before anybody may change anything: its session is read-only until it is taken. It is
 * held, so that the pool does not close it for being idle.
 */
export class ConnectionAhead {
  readonly #dataSource: DataSource;
  readonly #holder: QueryRunner;
  /** All migrations were run then, and the tables were as expected. */
  readonly #wasCurrent: boolean;

  private constructor(dataSource: DataSource, holder: QueryRunner, wasCurrent: boolean) {
    this.#dataSource = dataSource;
    this.#holder = holder;
    this.#wasCurrent = wasCurrent;
  }

  /**
   * Connects, and looks whether the program fits the database. Changes nothing.
   *
   * @throws TuxError as {@link openDataSource} and {@link assertCompatible}; the signal's reason. Nothing is left open then.
   */
  static async open(deps: DataSourceDeps, signal: AbortSignal): Promise<ConnectionAhead> {
    const dataSource = await openDataSource(deps, signal);
    try {
      const holder = dataSource.createQueryRunner();
      await holder.query('SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY');
      const isCurrent = await assertCompatible(dataSource, holder);
      if (isCurrent) await warmUp(holder);
      signal.throwIfAborted();
      return new ConnectionAhead(dataSource, holder, isCurrent);
    } catch (error) {
      void dataSource.destroy().catch(() => {});
      throw error;
    }
  }

  /** Hands it over, fit for changes. @returns null when it has broken meanwhile: then nothing of it is left. */
  async take(signal: AbortSignal): Promise<TakenConnection | null> {
    try {
      const isCurrent = await deadline('asking the database', TAKE_LIMIT_MS, () => this.#free(), signal);
      return { dataSource: this.#dataSource, isCurrent };
    } catch {
      void this.#dataSource.destroy().catch(() => {});
      return null;
    }
  }

  /** Gives the connection to the pool. @returns whether the tables are still as they were found. */
  async #free(): Promise<boolean> {
    const holder = this.#holder;
    if (holder.isReleased) return false; // it broke, and TypeORM gave it back; the pool makes another
    await holder.query('SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE');
    const isCurrent = this.#wasCurrent && (await isMigrated(this.#dataSource, holder).catch(() => false));
    await holder.release();
    return isCurrent;
  }
}

/** The first statement of each kind takes TypeORM and the server several times as long as the next. Changes nothing. */
async function warmUp({ manager }: QueryRunner): Promise<void> {
  for (const entity of entities) await manager.find(entity, { take: 1 });
}

export interface TakenConnection {
  readonly dataSource: DataSource;
  /** There is nothing to migrate, and the tables have been looked at. */
  readonly isCurrent: boolean;
}
