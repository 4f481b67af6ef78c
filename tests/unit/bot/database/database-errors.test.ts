import { describe, expect, test } from 'vitest';
import { connectionError, isLockTimeout } from '../../../../bot/database/database-errors.js';
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
