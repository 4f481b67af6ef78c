import type { Worker } from 'node:worker_threads';
import type { DataSource, EntityManager } from 'typeorm';
import { deadline } from '../../shared/deadline.js';
import { describeError, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { Paths } from '../../shared/paths.js';
import { type DatabaseAddress, type DatabaseSettings, resolveAddress } from './address.js';
import { ConnectionAhead, type TakenConnection } from './connection-ahead.js';
import { Controllers, TransactionControllers } from './controllers/controllers.js';
import { type DataSourceDeps, openDataSource, probeDatabase } from './data-source.js';
import { DatabaseCircuit } from './database-circuit.js';
import { connectionError } from './database-errors.js';
import { EmbeddedDatabase, startThread } from './embedded.js';
import { type MigrationOutcome, migrate } from './migration-runner.js';
import { guardQueries, type QueryObserver } from './query-guard.js';

const CLOSE_POOL_TIMEOUT_MS = 5_000;
const PING_TIMEOUT_MS = 5_000;
/** What {@link migrate} would say. */
const NOTHING_TO_DO: MigrationOutcome = { result: 'current', applied: [] };

export interface DatabaseDeps {
  readonly settings: DatabaseSettings;
  readonly paths: Pick<Paths, 'stateDir' | 'databaseDir'>;
  readonly log: Logger;
  /** Called once if the embedded database breaks down while it is in use. The process has to start again. */
  readonly onLost?: (error: TuxError) => void;
  /** Told once when the database stops answering, with the reason, and once when it answers again, with null. */
  readonly onOutage?: (problem: TuxError | null) => void;
  /** See {@link guardQueries}. */
  readonly onQuery?: QueryObserver | undefined;
  /** See {@link DataSourceDeps}. */
  readonly migrations?: DataSourceDeps['migrations'];
}

/** What an open database consists of. */
interface Connection {
  readonly dataSource: DataSource;
  readonly embedded: EmbeddedDatabase | null;
  readonly circuit: DatabaseCircuit;
}

/**
 * The bot's database. It gives controllers, one per subject; {@link transaction} gives the same controllers,
 * bound to one transaction. Inside of one use only what it hands you: a query past it waits for a connection that the
 * transaction may hold.
 */
export class Database extends Controllers {
  readonly address: DatabaseAddress;
  readonly #deps: DatabaseDeps;
  #connection: Connection | undefined;
  /** What {@link prepare} has got ready. */
  #ahead: ConnectionAhead | undefined;
  #thread: Worker | undefined;

  /** Opens nothing. */
  constructor(deps: DatabaseDeps) {
    super();
    this.#deps = deps;
    this.address = resolveAddress(deps.settings, deps.paths);
  }

  /** Why it is known not to answer, in words; null while it is not known to, and before it is open. */
  get problem(): string | null {
    const problem = this.#connection?.circuit.problem ?? null;
    return problem && describeError(problem);
  }

  /**
   * Does what {@link connect} can be spared, and changes nothing: it connects to the server with a read-only session, or loads the
   * program of the embedded database. It opens no file of that: whoever serves has it.
   *
   * @throws TuxError like `connect`, where the program does not fit the database or the server cannot be reached.
   */
  async prepare(signal: AbortSignal): Promise<void> {
    const { address } = this;
    const { log, migrations, paths } = this.#deps;
    if (address.kind === 'server') this.#ahead = await ConnectionAhead.open({ address, log, migrations }, signal);
    else this.#keepThread(startThread({ databaseDir: paths.databaseDir, socketPath: address.socketPath }));
  }

  /** Begins with {@link connect} where {@link prepare} has connected: whoever served before is gone. Never throws. */
  connectAhead(): void {
    void this.#ahead?.take();
  }

  /**
   * Opens the embedded database if it is that one, connects, migrates and checks the schema. After a failure nothing is
   * left open, and it may be called again.
   *
   * @throws TuxError with exit 69 where another try may help (TUX_DB_UNREACHABLE, TUX_DB_IN_USE, TUX_DB_LOCK_TIMEOUT), 78
   * where a human must act (TUX_DB_AUTH, _NAME, _TLS, _AHEAD, _MIGRATION, _SCHEMA, _EMBEDDED); the signal's reason.
   */
  async connect(signal: AbortSignal): Promise<MigrationOutcome> {
    if (this.#connection !== undefined) throw new TuxError('TUX_DB_CONNECTED', 'The database is connected already');
    const { address } = this;
    const embedded = address.kind === 'embedded' ? await this.#openEmbedded(address.socketPath, signal) : null;
    let dataSource: DataSource | undefined;
    try {
      const opened = await this.#openDataSource(signal);
      dataSource = opened.dataSource;
      const outcome = opened.isCurrent ? NOTHING_TO_DO : await migrate(dataSource, { address, signal });
      const circuit = this.#createCircuit();
      guardQueries(dataSource, { address, circuit, onQuery: this.#deps.onQuery }); // only now: a migration may take its time
      this.#connection = { dataSource, embedded, circuit };
      return outcome;
    } catch (error) {
      await dataSource?.destroy().catch(() => {});
      await embedded?.close();
      throw error;
    }
  }

  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it throws. Transactions nest as
   * savepoints.
   *
   * @throws what `work` throws. It and every method of a controller throw, within 8 s at most, TuxError TUX_DB_UNREACHABLE
   * (_AUTH, _NAME, _TLS) when the database does not answer, TUX_DB_SLOW when it took too long, and TUX_DB_UNCERTAIN when it
   * went away before it confirmed a change. Only after the last of them something may have happened all the same.
   */
  transaction<T>(work: (controllers: Controllers) => Promise<T>): Promise<T> {
    return this.#connected().dataSource.transaction((manager) => work(new TransactionControllers(manager)));
  }

  /**
   * Asks the database for an answer.
   *
   * @returns how long it took, in ms.
   * @throws TuxError TUX_DB_UNREACHABLE when there was none within 5 s.
   */
  async ping(signal?: AbortSignal): Promise<number> {
    const { dataSource } = this.#connected();
    const startedAt = performance.now();
    try {
      await deadline('database ping', PING_TIMEOUT_MS, () => dataSource.query('SELECT 1'), signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw connectionError(error, this.address);
    }
    return performance.now() - startedAt;
  }

  /** Ends the connections, then the embedded database. Each step is bounded; safe to call at any time. */
  async close(signal?: AbortSignal): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    const { dataSource, embedded, circuit } = connection;
    circuit.close();
    await deadline('closing the connections', CLOSE_POOL_TIMEOUT_MS, () => dataSource.destroy(), signal).catch(
      (err) => {
        this.#deps.log.warn({ event: 'database:close:failed', err }, '⚠️ Database connections did not close cleanly');
      },
    );
    await embedded?.close();
  }

  protected override manager(): EntityManager {
    return this.#connected().dataSource.manager;
  }

  #connected(): Connection {
    if (this.#connection !== undefined) return this.#connection;
    throw new TuxError('TUX_DB_NOT_CONNECTED', 'The database is not connected', { exitCode: ExitCode.UNAVAILABLE });
  }

  #createCircuit(): DatabaseCircuit {
    return new DatabaseCircuit({
      probe: (signal) => probeDatabase(this.address, signal),
      onChange: (problem) => this.#deps.onOutage?.(problem),
    });
  }

  #keepThread(thread: Worker): void {
    this.#thread = thread;
    const forget = () => {
      if (this.#thread === thread) this.#thread = undefined;
    };
    thread.once('error', forget).once('exit', forget); // another one is started then
  }

  async #openDataSource(signal: AbortSignal): Promise<TakenConnection> {
    const ahead = this.#ahead;
    this.#ahead = undefined; // of use once
    const { log, migrations } = this.#deps;
    const taken = await ahead?.take();
    if (taken && !signal.aborted) return taken;
    void taken?.dataSource.destroy().catch(() => {});
    signal.throwIfAborted();
    return { dataSource: await openDataSource({ address: this.address, log, migrations }, signal), isCurrent: false };
  }

  #openEmbedded(socketPath: string, signal: AbortSignal): Promise<EmbeddedDatabase> {
    const thread = this.#thread;
    this.#thread = undefined; // of use once
    return EmbeddedDatabase.open({
      databaseDir: this.#deps.paths.databaseDir,
      socketPath,
      thread,
      signal,
      onLost: (error) => {
        this.#deps.log.error({ event: 'database:lost', err: error }, '❌ The embedded database broke down');
        this.#deps.onLost?.(error);
      },
    });
  }
}
