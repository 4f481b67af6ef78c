import { describe, expect, it } from 'vitest';
import { wantsColor } from '../../../shared/cli/color.js';

describe('colour', () => {
  it.each([
    ['on a terminal', true, {}, true],
    ['not in a pipe', false, {}, false],
    ['not on a terminal that has none', true, { TERM: 'dumb' }, false],
    ['not with NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['with a NO_COLOR that is empty, which counts as not set', true, { NO_COLOR: '' }, true],
    ['with FORCE_COLOR, in a pipe too', false, { FORCE_COLOR: '1' }, true],
    ['with FORCE_COLOR, whatever NO_COLOR says', true, { FORCE_COLOR: '3', NO_COLOR: '1' }, true],
    ['not with FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, false],
    ['not with FORCE_COLOR=false', true, { FORCE_COLOR: 'false' }, false],
    ['as if FORCE_COLOR were not set when it is empty', false, { FORCE_COLOR: '' }, false],
  ])('is used %s', (_, isTerminal, env, expected) => {
    expect(wantsColor(isTerminal, env)).toBe(expected);
  });
});
