import { expect, test } from 'vitest';
import { stateOf } from '../../../../bot/database/admin-session.js';

const clean = { applied: ['a'], pending: [], unknown: [], problems: [] };

test.each([
  ['current', clean],
  ['empty', { ...clean, applied: [], pending: ['a'] }],
  ['behind', { ...clean, pending: ['b'] }],
  ['damaged', { ...clean, problems: ['x'] }],
  ['ahead', { ...clean, pending: ['b'], unknown: ['z'] }],
] as const)('a schema is %s', (state, found) => {
  expect(stateOf(found)).toBe(state);
});
