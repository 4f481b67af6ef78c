import { describe, expect, it } from 'vitest';
import { similarNames } from '../../../../../bot/cogs/permission/similar-names.js';

const names = ['help', 'mod', 'mod ban', 'mod unban', 'mod warn', 'ping', 'poll', 'purge', 'queue add'];

describe('similarNames', () => {
  it.each<[string, string[]]>([
    ['pong', ['ping']],
    ['bna', ['mod ban']],
    ['nab', []], // two letters of three are wrong
    ['bans', ['mod ban']],
    ['unbann', ['mod unban']],
    ['mod bann', ['mod ban', 'mod warn']],
    ['queue ad', ['queue add']],
    ['nothing like it', []],
    ['pol', ['poll']],
  ])('%s: %j', (typed, similar) => {
    expect(similarNames(typed, names).slice(0, 2)).toEqual(similar);
  });

  it('are three at most', () => {
    expect(similarNames('aa', ['ab', 'ac', 'ad', 'ae'])).toEqual(['ab', 'ac', 'ad']);
  });
});
