import { describe, expect, test } from 'vitest';
import { type ColumnFacts, compareSchema } from '../../../../bot/database/schema-check.js';

const id: ColumnFacts = { table: 'users', column: 'id', type: 'character varying(20)', isNullable: false };
const xp: ColumnFacts = { table: 'levels', column: 'xp', type: 'integer', isNullable: false };

describe('compareSchema', () => {
  test('finds nothing wrong with what is expected, whatever else is there', () => {
    const foreign = { table: 'audit', column: 'what', type: 'text', isNullable: true };
    expect(compareSchema([id, xp], [foreign, xp, id, { ...id, column: 'nickname' }])).toEqual([]);
  });

  test.each([
    ['a missing table, once and without its columns', [id], ['table levels is missing']],
    ['a missing column', [id, { ...xp, column: 'level' }], ['column levels.xp is missing']],
    ['another type', [id, { ...xp, type: 'text' }], ['column levels.xp is text, expected integer']],
    [
      'another length',
      [{ ...id, type: 'character varying(5)' }, xp],
      ['column users.id is character varying(5), expected character varying(20)'],
    ],
    ['another nullability', [id, { ...xp, isNullable: true }], ['column levels.xp is NULL, expected NOT NULL']],
    [
      'several problems at once',
      [{ ...id, type: 'text' }],
      ['table levels is missing', 'column users.id is text, expected character varying(20)'],
    ],
  ])('names %s', (_what, actual, problems) => {
    expect(compareSchema([id, xp], actual)).toEqual(problems);
  });
});
