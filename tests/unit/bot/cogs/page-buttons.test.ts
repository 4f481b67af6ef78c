import type { APIButtonComponentWithCustomId } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { pageButtons, pageOf } from '../../../../bot/cogs/page-buttons.js';

describe('pages of a list', () => {
  it.each([
    ['an empty list has one page', 1, 0, { number: 1, count: 1, offset: 0 }],
    ['a full page is one page', 1, 10, { number: 1, count: 1, offset: 0 }],
    ['the rest is a page of its own', 2, 11, { number: 2, count: 2, offset: 10 }],
    ['beyond the end is the last one', 9, 25, { number: 3, count: 3, offset: 20 }],
    ['before the beginning is the first one', -1, 25, { number: 1, count: 3, offset: 0 }],
    ['no number is the first one', Number.NaN, 25, { number: 1, count: 3, offset: 0 }],
  ])('%s', (_what, wanted, entries, page) => {
    expect(pageOf(wanted, entries, 10)).toEqual(page);
  });

  it('have buttons to their neighbours, which are grey at both ends', () => {
    const look = (number: number) => {
      const [row] = pageButtons('levels', 'top', pageOf(number, 25, 10));
      const buttons = (row?.components ?? []) as APIButtonComponentWithCustomId[];
      return buttons.map(({ custom_id, disabled }) => [custom_id, disabled]);
    };
    expect(look(1)).toEqual([
      ['v1:levels.top:0', true],
      ['v1:levels.top:2', false],
    ]);
    expect(look(3)).toEqual([
      ['v1:levels.top:2', false],
      ['v1:levels.top:4', true],
    ]);
    expect(pageButtons('levels', 'top', pageOf(1, 10, 10))).toEqual([]);
  });
});
