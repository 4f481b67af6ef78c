import { dirname } from 'node:path';
import type { ClientConfig } from 'pg';
import type { Environment } from '../../shared/config/schema.js';
import { type Paths, socketPath } from '../../shared/paths.js';

/** The settings that say which database to use. */
export type DatabaseSettings = Readonly<Pick<Environment, 'DATABASE_URL' | 'DATABASE_POOL_SIZE' | 'DATABASE_TLS'>>;

/** A PostgreSQL server that somebody else runs. */
interface ServerAddress {
  readonly kind: 'server';
  readonly url: string;
  readonly tls: Environment['DATABASE_TLS'];
  readonly poolSize: number;
}

/** The database that Tux runs itself, behind a Unix socket. */
interface EmbeddedAddress {
  readonly kind: 'embedded';
  readonly socketPath: string;
  readonly poolSize: number;
}

/** Where the database is, and how many connections it gets. */
export type DatabaseAddress = ServerAddress | EmbeddedAddress;

/** How PostgreSQL clients build the name of a socket from its folder and the default port. */
const SOCKET_NAME = '.s.PGSQL.5432';

/**
 * Connections to the embedded database. It has one session, in which transactions run one after the other, so more
 * connections win nothing (500 queries: 84 ms over one, 58 ms over four). With one, code that waits inside a transaction
 * for a query outside of it gets the pool's timeout; with more, both would wait for ever.
 */
const EMBEDDED_POOL_SIZE = 1;

/** Which database the settings mean: the server of `DATABASE_URL`, else the embedded one. */
export function resolveAddress(settings: DatabaseSettings, paths: Pick<Paths, 'stateDir'>): DatabaseAddress {
  if (settings.DATABASE_URL === undefined) {
    return {
      kind: 'embedded',
      socketPath: socketPath(paths.stateDir, SOCKET_NAME),
      poolSize: EMBEDDED_POOL_SIZE,
    };
  }
  return {
    kind: 'server',
    url: settings.DATABASE_URL,
    tls: settings.DATABASE_TLS,
    poolSize: settings.DATABASE_POOL_SIZE,
  };
}

/** `db.example.org:5432/tux` or `embedded database`: for messages, without user and password. */
export function describeAddress(address: DatabaseAddress): string {
  if (address.kind === 'embedded') return 'embedded database';
  const url = new URL(address.url);
  return `${url.hostname || 'localhost'}:${url.port || '5432'}${url.pathname}`;
}

/** What node-postgres needs to connect. `sslmode=` inside the URL goes before the setting. */
export function clientConfig(address: DatabaseAddress): ClientConfig {
  if (address.kind === 'embedded') {
    return { host: dirname(address.socketPath), port: 5432, user: 'postgres', database: 'postgres' };
  }
  return { connectionString: address.url, ssl: tlsOption(address.tls) };
}

function tlsOption(tls: Environment['DATABASE_TLS']): ClientConfig['ssl'] {
  return tls === 'off' ? false : { rejectUnauthorized: tls === 'verify' };
}
