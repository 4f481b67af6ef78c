import { expect, it } from 'vitest';
import { queryOperation } from '../../../../bot/database/query-operation.js';

it.each([
  ['SELECT 1', 'select'],
  ['  insert INTO levels VALUES ($1)', 'insert'],
  ['UPDATE x SET y = 1', 'update'],
  ['DELETE FROM x', 'delete'],
  ['START TRANSACTION', 'transaction'],
  ['ROLLBACK TO SAVEPOINT typeorm_1', 'transaction'],
  ['CREATE TABLE secret_name (id int)', 'other'],
  ['', 'other'],
])('the metrics count %j as %s', (sql, operation) => {
  expect(queryOperation(sql)).toBe(operation);
});
