import type { Client, PoolClient } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import type { TuxError } from '../../shared/errors.js';
import type { DatabaseAddress } from './address.js';
import type { DatabaseCircuit } from './database-circuit.js';
import { connectionError, isOutage, mayHaveTakenEffect, refusedStatement, uncertainError } from './database-errors.js';
import { queryOperation } from './query-operation.js';

/** An answer that takes longer does not come: the connection is cut. Above the server's own limit, whose answer says more. */
const ANSWER_TIMEOUT_MS = 4_000;

type RunQuery = (query: string, parameters?: unknown, useStructuredResult?: boolean) => Promise<unknown>;

export interface QueryGuardOptions {
  readonly address: DatabaseAddress;
  readonly circuit: DatabaseCircuit;
  /** After each statement that was sent or should have been, the wait for a connection included; for metrics. */
  readonly onQuery?: QueryObserver | undefined;
}

/** @param operation `select`, `insert`, `update`, `delete`, `transaction` or `other`. */
export type QueryObserver = (operation: string, isOk: boolean, durationMs: number) => void;

/**
 * From now on every statement of the data source has a limit, goes through the circuit, and fails with a TuxError when the
 * database is what failed. TypeORM sends everything through `QueryRunner.query`, so this is the one place.
 */
export function guardQueries(dataSource: DataSource, options: QueryGuardOptions): void {
  const { driver } = dataSource;
  const createQueryRunner = driver.createQueryRunner.bind(driver);
  driver.createQueryRunner = (mode) => guardRunner(createQueryRunner(mode), options);
}

function guardRunner(runner: QueryRunner, { circuit, address, onQuery }: QueryGuardOptions): QueryRunner {
  const runQuery = runner.query.bind(runner) as RunQuery;
  let client: PoolClient | undefined;
  /** What broke the connection: nothing more can come over it, not even the ROLLBACK that TypeORM sends. */
  let failure: TuxError | undefined;
  const guarded: RunQuery = async (query, parameters, useStructuredResult) => {
    if (failure !== undefined) throw failure;
    // Not in the middle of a transaction: without its ROLLBACK it would go back into the pool still open.
    if (client === undefined) circuit.assertClosed();
    try {
      client ??= (await runner.connect()) as PoolClient;
      const result = await withLimit(client, () => runQuery(query, parameters, useStructuredResult));
      circuit.noteAnswer();
      return result;
    } catch (error) {
      const wasSent = client !== undefined;
      if (!isOutage(error)) {
        circuit.noteAnswer();
        throw refusedStatement(error);
      }
      const mayBeDone = wasSent && mayHaveTakenEffect(error, query, runner.isTransactionActive);
      const outage = connectionError(error, address);
      failure = mayBeDone ? uncertainError(outage) : outage;
      circuit.noteFailure(outage);
      throw failure;
    }
  };
  runner.query = (onQuery ? observed(guarded, onQuery) : guarded) as QueryRunner['query'];
  return runner;
}

function observed(runQuery: RunQuery, onQuery: QueryObserver): RunQuery {
  return async (query, ...rest) => {
    const startedAt = performance.now();
    let isOk = false;
    try {
      const result = await runQuery(query, ...rest);
      isOk = true;
      return result;
    } finally {
      onQuery(queryOperation(query), isOk, performance.now() - startedAt);
    }
  };
}

/**
 * The connection is cut and not merely left: its late answer must not reach whoever gets it next from the pool.
 *
 * @throws what `work` throws, or an error with the code ETIMEDOUT.
 */
async function withLimit<T>(client: PoolClient, work: () => Promise<T>): Promise<T> {
  let isCut = false;
  let lastTurn: NodeJS.Immediate | undefined;
  const cut = () => {
    isCut = true;
    // A pooled client is a Client as well: ended with a query under way, it destroys its socket.
    void (client as PoolClient & Client).end().catch(() => {});
  };
  const timer = setTimeout(() => {
    lastTurn = setImmediate(cut); // if we were paused, the time is up before what came meanwhile has been read
  }, ANSWER_TIMEOUT_MS);
  try {
    return await work();
  } catch (cause) {
    if (!isCut) throw cause;
    throw Object.assign(new Error(`no answer within ${ANSWER_TIMEOUT_MS} ms`, { cause }), { code: 'ETIMEDOUT' });
  } finally {
    clearTimeout(timer);
    clearImmediate(lastTurn);
  }
}
