import { describe, expect, it } from 'vitest';
import { passes } from '../../../../page/log/log-filter.js';
import { parseLogLine } from '../../../../page/log/log-line.js';

const line = parseLogLine(
  JSON.stringify({ level: 40, name: 'worker', event: 'task:crashed', msg: 'The task Live-Views failed', shard: 7 }),
  1,
);

describe('the filter of the log', () => {
  it('lets a level and those above it through', () => {
    expect(passes(line, { level: 'warn', search: '' })).toBe(true);
    expect(passes(line, { level: 'trace', search: '' })).toBe(true);
    expect(passes(line, { level: 'error', search: '' })).toBe(false);
  });

  it.each(['live-views', 'FAILED task', 'task:crashed', '"shard":7', '  failed  '])('finds %s', (search) => {
    expect(passes(line, { level: 'trace', search })).toBe(true);
  });

  it('wants all words to be there', () => {
    expect(passes(line, { level: 'trace', search: 'task succeeded' })).toBe(false);
  });
});
