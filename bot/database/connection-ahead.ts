import type { DataSource, QueryRunner } from 'typeorm';
import { deadline } from '../../shared/deadline.js';
import { type DataSourceDeps, openDataSource } from './data-source.js';
import { entities } from './entities/all.js';
import { assertCompatible } from './migration-runner.js';
import { namesOfApplied } from './migration-status.js';

/** A server that answers takes a millisecond or two; one that does not is met with new connections, which say more. */
const TAKE_LIMIT_MS = 500;

/**
 * A connection to the server that is opened before anybody may change anything: its session is read-only until it is taken. It is
 * held, so that the pool does not close it for being idle.
 */
export class ConnectionAhead {
  readonly #dataSource: DataSource;
  readonly #holder: QueryRunner;
  /** The migrations that were run then, if they were all and the tables were as expected; else null. */
  readonly #whenCurrent: string | null;
  #taking: Promise<TakenConnection | null> | undefined;

  private constructor(dataSource: DataSource, holder: QueryRunner, whenCurrent: string | null) {
    this.#dataSource = dataSource;
    this.#holder = holder;
    this.#whenCurrent = whenCurrent;
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
      const whenCurrent = isCurrent ? await namesOfApplied(holder) : null;
      if (isCurrent) await warmUp(holder);
      signal.throwIfAborted();
      return new ConnectionAhead(dataSource, holder, whenCurrent);
    } catch (error) {
      void dataSource.destroy().catch(() => {});
      throw error;
    }
  }

  /**
   * Hands it over, fit for changes; asked again, it gives the same.
   *
   * @returns null when it has broken meanwhile, or is not free within 0.5 s: then nothing of it is left.
   */
  take(): Promise<TakenConnection | null> {
    this.#taking ??= this.#take();
    return this.#taking;
  }

  async #take(): Promise<TakenConnection | null> {
    try {
      const isCurrent = await deadline('asking the database', TAKE_LIMIT_MS, () => this.#free());
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
    const [isCurrent] = await Promise.all([
      this.#isCurrent(), // in the order in which the connection is asked, without a pause between
      holder.query('SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE'),
    ]);
    await holder.release();
    return isCurrent;
  }

  /** Nobody else has migrated since. When that cannot be told, {@link migrate} looks. */
  async #isCurrent(): Promise<boolean> {
    if (this.#whenCurrent === null) return false;
    return (await namesOfApplied(this.#holder).catch(() => null)) === this.#whenCurrent;
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
