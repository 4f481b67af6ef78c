import { describe, expect, it } from 'vitest';
import { judgeDatabase } from '../../../../../supervisor/doctor/checks/database.js';

const answer = { database: 'embedded database', applied: ['A1', 'B2'], pending: [], unknown: [], problems: [] };
const error = (code: string, message: string, hint?: string) => ({ error: { code, message, ...(hint && { hint }) } });

describe('the database', () => {
  it.each([
    [{ ...answer, state: 'current' as const }, 'ok', 'embedded database answers, schema current (2 migrations)'],
    [
      { ...answer, state: 'empty' as const, applied: [] },
      'ok',
      'embedded database answers and is empty; the first start fills it',
    ],
    [
      { ...answer, state: 'behind' as const, pending: ['C3'] },
      'warn',
      'embedded database answers, 1 migration to come (C3)',
    ],
    [
      { ...answer, state: 'ahead' as const, unknown: ['D4'] },
      'fail',
      'embedded database is newer than this Tux: it has D4',
    ],
    [error('TUX_DB_NONE', 'none'), 'ok', 'none yet; the first start makes it'],
    [error('TUX_CONFIG', 'bad'), 'skipped', 'its settings are not valid'],
  ])('that answers %j', (found, status, summary) => {
    expect(judgeDatabase(found)).toMatchObject({ status, summary });
  });

  it('names every damage', () => {
    const damaged = { ...answer, state: 'damaged' as const, problems: ['column a.b is missing', 'table c is missing'] };
    expect(judgeDatabase(damaged)).toMatchObject([
      { status: 'fail', summary: 'embedded database: column a.b is missing' },
      { status: 'fail', summary: 'embedded database: table c is missing' },
    ]);
  });

  it('says what keeps it from answering, with one sign only', () => {
    const refused = error('TUX_DB_UNREACHABLE', '❌ Database connection failed: db:5432/tux', '💡 start the database');
    expect(judgeDatabase(refused)).toEqual({
      status: 'fail',
      summary: 'Database connection failed: db:5432/tux',
      fix: 'start the database',
    });
  });
});
