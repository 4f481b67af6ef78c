import { type PGlite, protocol } from '@electric-sql/pglite';

type ServedDatabase = Pick<PGlite, 'waitReady' | 'isInTransaction' | 'runExclusive' | 'execProtocolRawStream' | 'exec'>;

/** Messages of the extended query protocol, which ends with Sync: Parse, Bind, Close, Describe, Execute, Flush. */
const EXTENDED_MESSAGES = new Set([...'PBCDEH'].map((letter) => letter.charCodeAt(0)));

/**
 * PGlite as the socket server should see it. All connections share one PostgreSQL session, and the server keeps the
 * others waiting only while `isInTransaction()`. pglite-socket 0.2.17 leaves two gaps, which this closes:
 *
 * - Between Parse and Sync no transaction block is open, so another connection's Parse could replace the unnamed statement
 *   of the first. Here the batch counts as a transaction until its Sync.
 * - A client that dies in the middle of a failed batch leaves the session skipping everything up to a Sync that never
 *   comes, and every later query hangs. Here the Sync is made up for before the rollback.
 *
 * A breakdown of the database itself (a WebAssembly trap) stops the server's queue without a word; it is reported.
 */
export function shareSession(database: PGlite, onBreakdown: (error: unknown) => void): PGlite {
  let isBatchOpen = false;
  const shared: ServedDatabase = {
    waitReady: database.waitReady,
    isInTransaction: () => isBatchOpen || database.isInTransaction(),
    runExclusive: (work) => database.runExclusive(work),
    execProtocolRawStream: async (message, options) => {
      try {
        await database.execProtocolRawStream(message, options);
      } catch (error) {
        onBreakdown(error);
        throw error;
      }
      isBatchOpen = EXTENDED_MESSAGES.has(message[0] ?? 0);
    },
    exec: async (query, options) => {
      if (isBatchOpen) {
        await database.runExclusive(() => database.execProtocolRaw(protocol.serialize.sync(), { throwOnError: false }));
        isBatchOpen = false;
      }
      return database.isInTransaction() ? database.exec(query, options) : [];
    },
  };
  // The server asks for the whole class, and uses these five members of it.
  return shared as PGlite;
}
