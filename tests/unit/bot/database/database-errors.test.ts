import { describe, expect, test } from 'vitest';
import {
  connectionError,
  isLockTimeout,
  isOutage,
  mayHaveTakenEffect,
  refusedStatement,
} from '../../../../bot/database/database-errors.js';
import { TuxError } from '../../../../shared/errors.js';

const address = { kind: 'server', url: 'postgresql://tux:secret@db:5432/bot', tls: 'off', poolSize: 1 } as const;
const failure = (code: string, message = 'refused') => Object.assign(new Error(message), { code });

describe('connectionError', () => {
  test.each([
    ['28P01', 'TUX_DB_AUTH', 78],
    ['28000', 'TUX_DB_AUTH', 78],
    ['3D000', 'TUX_DB_NAME', 78],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TUX_DB_TLS', 78],
    ['ECONNREFUSED', 'TUX_DB_UNREACHABLE', 69],
    ['57P03', 'TUX_DB_UNREACHABLE', 69],
    ['53300', 'TUX_DB_UNREACHABLE', 69],
  ])('turns %s into %s (exit %i)', (reason, code, exitCode) => {
    expect(connectionError(failure(reason), address)).toMatchObject({ code, exitCode });
  });

  test('says the reason of an error without a text, as Node throws it when several addresses refuse', () => {
    expect(connectionError(failure('ECONNREFUSED', ''), address).message).toBe(
      '❌ Database connection failed: db:5432/bot (ECONNREFUSED)',
    );
  });

  test('takes the password out of what the driver quotes', () => {
    const error = connectionError(new Error(`cannot parse ${address.url}`), address);
    expect(error.message).not.toContain('secret');
  });

  test('leaves a database error of ours as it is', () => {
    const ours = new TuxError('TUX_DB_EMBEDDED', 'broken');
    expect(connectionError(ours, address)).toBe(ours);
  });
});

describe('isLockTimeout', () => {
  test("looks through TypeORM's wrapper", () => {
    expect(isLockTimeout(Object.assign(new Error('query failed'), { driverError: failure('55P03') }))).toBe(true);
    expect(isLockTimeout(failure('42P07'))).toBe(false);
  });
});

describe('isOutage', () => {
  test.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
    '57P01',
    '57P03',
    '08006',
    '53300',
    '25P03',
    '28P01',
    '28000',
    '3D000',
  ])('is what %s means', (code) => {
    expect(isOutage(failure(code))).toBe(true);
    expect(isOutage(Object.assign(new Error('query failed'), { driverError: failure(code) }))).toBe(true);
  });

  test.each([
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Query runner already released. Cannot run queries anymore.',
  ])('is what %j means', (message) => {
    expect(isOutage(new Error(message))).toBe(true);
  });

  test.each(['23505', '42P01', '57014', '55P03', '40P01'])('is not what %s means: the database answered', (code) => {
    expect(isOutage(failure(code, 'connection terminated'))).toBe(false);
  });
});

describe('mayHaveTakenEffect', () => {
  const cut = failure('ETIMEDOUT');
  test.each([
    ['INSERT INTO users', false, true],
    ['COMMIT', true, true],
    ['UPDATE users', true, false],
    ['START TRANSACTION', true, false],
    ['SELECT 1', false, false],
    [' select 1', false, false],
  ])('%j (in a transaction: %s) without an answer: %s', (query, isInTransaction, expected) => {
    expect(mayHaveTakenEffect(cut, query, isInTransaction)).toBe(expected);
  });

  test('is out of the question when the server turned it down itself', () => {
    expect(mayHaveTakenEffect(failure('57P01'), 'INSERT INTO users', false)).toBe(false);
  });
});

describe('refusedStatement', () => {
  test('gives a code to "too slow" alone', () => {
    const unique = failure('23505');
    expect(refusedStatement(unique)).toBe(unique);
    expect(refusedStatement(failure('57014'))).toMatchObject({ code: 'TUX_DB_SLOW', exitCode: 69 });
  });
});
