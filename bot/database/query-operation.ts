const VERBS = new Set(['select', 'insert', 'update', 'delete']);
const TRANSACTION = /^(start|begin|commit|rollback|savepoint|release)$/;

/** The kind of a statement, for metrics: a verb, `transaction`, or `other`. Never its text. */
export function queryOperation(sql: string): string {
  const verb = /^\s*(\w+)/.exec(sql)?.[1]?.toLowerCase() ?? '';
  if (VERBS.has(verb)) return verb;
  return TRANSACTION.test(verb) ? 'transaction' : 'other';
}
