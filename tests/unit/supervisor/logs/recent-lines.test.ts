import { describe, expect, it } from 'vitest';
import { RecentLines } from '../../../../supervisor/logs/recent-lines.js';

const filled = (lines: readonly string[], limits: { maxLines?: number; maxBytes?: number } = {}): RecentLines => {
  const recent = new RecentLines({ maxLines: 3, maxBytes: 100, ...limits });
  for (const line of lines) recent.push(line);
  return recent;
};

describe('the recent lines', () => {
  it('are the last ones, oldest first, as many as asked for', () => {
    const recent = filled(['a', 'b']);
    expect([recent.last(), recent.last(1), recent.last(5), recent.last(0)]).toEqual([
      ['a', 'b'],
      ['b'],
      ['a', 'b'],
      [],
    ]);
  });

  it('are bounded in number', () => {
    expect(filled(['a', 'b', 'c', 'd']).last()).toEqual(['b', 'c', 'd']);
  });

  it('are bounded in bytes, not in letters', () => {
    expect(filled(['aaaa', 'ää', 'bbbb'], { maxBytes: 8 }).last()).toEqual(['ää', 'bbbb']);
  });

  it('leave out one line that alone would be too much, and keep the others', () => {
    expect(filled(['a', 'x'.repeat(101), 'b']).last()).toEqual(['a', 'b']);
  });

  it('are not changed by who got them, and begin anew when they are cleared', () => {
    const recent = filled(['a']);
    (recent.last() as string[]).push('not ours');
    expect(recent.last()).toEqual(['a']);
    recent.clear();
    recent.push('b'.repeat(100));
    expect(recent.last()).toEqual(['b'.repeat(100)]);
  });
});
