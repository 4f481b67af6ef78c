import { describe, expect, test } from 'vitest';
import { clientConfig, describeAddress, resolveAddress } from '../../../../bot/database/address.js';

const paths = { stateDir: '/srv/tux/state' };
const url = 'postgresql://tux:secret@db.example.org/bot';
const server = (tls: 'off' | 'require' | 'verify') =>
  resolveAddress({ DATABASE_URL: url, DATABASE_POOL_SIZE: 7, DATABASE_TLS: tls }, paths);
const embedded = resolveAddress({ DATABASE_POOL_SIZE: 7, DATABASE_TLS: 'off' }, paths);

describe('the address of the database', () => {
  test('is the server of DATABASE_URL, with the pool that was asked for', () => {
    expect(server('off')).toEqual({ kind: 'server', url, tls: 'off', poolSize: 7 });
  });

  test('is the embedded one without DATABASE_URL, with a single connection', () => {
    expect(embedded).toEqual({ kind: 'embedded', socketPath: '/srv/tux/state/.s.PGSQL.5432', poolSize: 1 });
    expect(clientConfig(embedded)).toMatchObject({ host: '/srv/tux/state', port: 5432 });
  });

  test('is shown without user and password', () => {
    expect(describeAddress(server('off'))).toBe('db.example.org:5432/bot');
    expect(describeAddress(embedded)).toBe('embedded database');
  });

  test.each([
    ['off', false],
    ['require', { rejectUnauthorized: false }],
    ['verify', { rejectUnauthorized: true }],
  ] as const)('with DATABASE_TLS=%s makes that TLS option', (tls, ssl) => {
    expect(clientConfig(server(tls))).toEqual({ connectionString: url, ssl });
  });
});
