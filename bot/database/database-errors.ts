import { errnoOf, isTuxError, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { redact } from '../../shared/redact.js';
import { type DatabaseAddress, describeAddress } from './address.js';

/** SQLSTATE codes, see "PostgreSQL Error Codes" in its manual. */
const SqlState = { INVALID_AUTHORIZATION: '28000', INVALID_PASSWORD: '28P01', UNKNOWN_DATABASE: '3D000' } as const;

/** 55P03: a lock could not be had within `lock_timeout`. */
const LOCK_NOT_AVAILABLE = '55P03';

/** The SQLSTATE of a driver error, also inside TypeORM's QueryFailedError. */
function sqlStateOf(error: unknown): string | undefined {
  const driverError = (error as { driverError?: unknown } | null)?.driverError;
  return errnoOf(error) ?? errnoOf(driverError);
}

export function isLockTimeout(error: unknown): boolean {
  return sqlStateOf(error) === LOCK_NOT_AVAILABLE;
}

/**
 * Why no connection came about: TUX_DB_AUTH, TUX_DB_NAME or TUX_DB_TLS (exit 78, only a human can put it right), else
 * TUX_DB_UNREACHABLE (exit 69, worth another try). Never contains the password.
 */
export function connectionError(cause: unknown, address: DatabaseAddress): TuxError {
  if (isTuxError(cause) && cause.code.startsWith('TUX_DB_')) return cause;
  const state = sqlStateOf(cause);
  const text = redact(cause instanceof Error ? cause.message : String(cause));
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

/** OpenSSL's verification codes (`DEPTH_ZERO_SELF_SIGNED_CERT` …) and node-postgres' refusal, which has only a text. */
function isTlsError(state: string | undefined, text: string): boolean {
  return /CERT|ERR_TLS|ERR_SSL/.test(state ?? '') || text.includes('does not support SSL');
}
