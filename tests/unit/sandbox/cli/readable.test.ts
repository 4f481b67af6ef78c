import { describe, expect, it } from 'vitest';
import { readable } from '../../../../sandbox/cli/readable.js';

const now = new Date('2026-11-21T12:00:00.900Z');
const at = (offsetSeconds: number, style = 'R') => `<t:${Math.floor(now.getTime() / 1_000) + offsetSeconds}:${style}>`;

describe('readable', () => {
  it.each([
    [0, 'in 0 seconds'],
    [1, 'in 1 second'],
    [-1, '1 second ago'],
    [600, 'in 10 minutes'],
    [-7_199, '2 hours ago'],
    [86_400 * 3, 'in 3 days'],
    [-86_400 * 800, '2 years ago'],
  ])('tells %i seconds from now as "%s"', (offset, words) => {
    expect(readable(at(offset), {}, now)).toBe(words);
  });

  it('tells dates and times of day in the style that was asked for', () => {
    const moment = new Date('2026-11-21T12:00:00');
    const seconds = moment.getTime() / 1_000;
    const shown = (style: string) => readable(`<t:${seconds}${style}>`, {}, now);
    expect(['', ':D', ':t', ':T'].map(shown)).toEqual([
      '21 November 2026 at 12:00',
      '21 November 2026',
      '12:00',
      '12:00:00',
    ]);
  });

  it('names whom and what ids stand for, and leaves alone what it does not know', () => {
    const names = { '500000000000000003': '@alice', '300000000000000001': '#general' };
    expect(readable('<@500000000000000003>, <@!500000000000000003> in <#300000000000000001>', names, now)).toBe(
      '@alice, @alice in #general',
    );
    expect(readable('<@&400000000000000009> <:tux_ok:12> `<x>`', names, now)).toBe(
      '<@&400000000000000009> :tux_ok: `<x>`',
    );
  });
});
