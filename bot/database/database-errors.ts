import { errnoOf, isTuxError, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { redact } from '../../shared/redact.js';
import { type DatabaseAddress, describeAddress } from './address.js';

/** SQLSTATEs of a login that is refused, see "PostgreSQL Error Codes" in its manual. */
const SqlState = { INVALID_AUTHORIZATION: '28000', INVALID_PASSWORD: '28P01', UNKNOWN_DATABASE: '3D000' } as const;

/** 55P03: a lock could not be had within `lock_timeout`. */
const LOCK_NOT_AVAILABLE = '55P03';

/** 57014: the server ended a statement that took longer than `statement_timeout`. */
const STATEMENT_CANCELLED = '57014';

/** The server is there and says that it cannot serve: shutting down, starting, out of connections, connection trouble. */
const SERVER_UNFIT = /^(08...|57P0\d|53[34]00|25P0[34])$/;

/** What Node says about sockets and names. */
const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT', // the socket of the embedded database
]);

/** What node-postgres, its pool and TypeORM say of a connection that is gone; these errors have no code. */
const CONNECTION_GONE =
  /connection terminated|timeout exceeded when trying to connect|not queryable|connection error|query runner already released/i;

/** The SQLSTATE of a driver error, also inside TypeORM's QueryFailedError. */
function sqlStateOf(error: unknown): string | undefined {
  const driverError = (error as { driverError?: unknown } | null)?.driverError;
  return errnoOf(error) ?? errnoOf(driverError);
}

/** Whether a lock could not be had in time: then another try may help. */
export function isLockTimeout(error: unknown): boolean {
  return sqlStateOf(error) === LOCK_NOT_AVAILABLE;
}

/**
 * Whether the database itself is what failed: it could not be reached, did not answer, broke the connection, or said that it
 * cannot serve. False for every other answer: then it is there, and did not like the statement.
 */
export function isOutage(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined && (NETWORK_CODES.has(state) || SERVER_UNFIT.test(state))) return true;
  const isRefusedLogin = Object.values<string | undefined>(SqlState).includes(state);
  return isRefusedLogin || (state === undefined && CONNECTION_GONE.test(textOf(error)));
}

/**
 * Whether a statement whose answer never came may have changed something all the same. A statement of a transaction that
 * was not committed has not, nor has one that only reads, nor one that the server itself turned down.
 */
export function mayHaveTakenEffect(error: unknown, query: string, isInTransaction: boolean): boolean {
  const isTurnedDown = SERVER_UNFIT.test(sqlStateOf(error) ?? '');
  if (isTurnedDown || /^\s*(SELECT|START|ROLLBACK|SAVEPOINT|RELEASE)\b/i.test(query)) return false;
  return !isInTransaction || /^\s*COMMIT\b/i.test(query);
}

/** A connection was lost while its last statement was on the way: nobody can know whether it took effect. */
export function uncertainError(cause: TuxError): TuxError {
  return new TuxError('TUX_DB_UNCERTAIN', `The database went away before it confirmed a change (${cause.message})`, {
    cause,
    exitCode: ExitCode.UNAVAILABLE,
  });
}

/** An answer that is an error, as it is; only one that says "too slow" gets a code of ours: TUX_DB_SLOW. */
export function refusedStatement(cause: unknown): unknown {
  if (sqlStateOf(cause) !== STATEMENT_CANCELLED) return cause;
  return new TuxError('TUX_DB_SLOW', 'The database took too long and was told to give up', {
    cause,
    exitCode: ExitCode.UNAVAILABLE,
  });
}

/**
 * Why no connection came about: TUX_DB_AUTH, TUX_DB_NAME or TUX_DB_TLS (exit 78, only a human can put it right), else
 * TUX_DB_UNREACHABLE (exit 69, worth another try). Never contains the password.
 */
export function connectionError(cause: unknown, address: DatabaseAddress): TuxError {
  if (isTuxError(cause) && cause.code.startsWith('TUX_DB_')) return cause;
  const state = sqlStateOf(cause);
  const text = textOf(cause);
  const message = `❌ Database connection failed: ${describeAddress(address)} (${text || state || 'no reason given'})`;
  const configError = (code: string, hint: string) =>
    new TuxError(code, message, { cause, exitCode: ExitCode.CONFIG, hint: `💡 ${hint}` });

  if (state === SqlState.INVALID_PASSWORD || state === SqlState.INVALID_AUTHORIZATION) {
    return configError('TUX_DB_AUTH', 'check user and password in DATABASE_URL, then run: tux db health');
  }
  if (state === SqlState.UNKNOWN_DATABASE) {
    return configError(
      'TUX_DB_NAME',
      'create the database or correct its name in DATABASE_URL, then run: tux db health',
    );
  }
  if (isTlsError(state, text)) {
    return configError('TUX_DB_TLS', 'set DATABASE_TLS to what the server offers, then run: tux db health');
  }
  return new TuxError('TUX_DB_UNREACHABLE', message, {
    cause,
    exitCode: ExitCode.UNAVAILABLE,
    hint: '💡 start the database or check DATABASE_URL (without it Tux uses its own), then run: tux db health',
  });
}

function textOf(error: unknown): string {
  return redact(error instanceof Error ? error.message : String(error));
}

/** OpenSSL's verification codes (`DEPTH_ZERO_SELF_SIGNED_CERT` …) and node-postgres' refusal, which has only a text. */
function isTlsError(state: string | undefined, text: string): boolean {
  return /CERT|ERR_TLS|ERR_SSL/.test(state ?? '') || text.includes('does not support SSL');
}
