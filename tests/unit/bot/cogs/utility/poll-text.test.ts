import { describe, expect, it } from 'vitest';
import { countAnswerWords, countQuestionWords, readAnswers } from '../../../../../bot/cogs/utility/poll-text.js';

const words = (text: string) => text.split(' ').filter(Boolean);

describe('the answers of a poll', () => {
  it('are what is between the bars, tidied up', () => {
    expect(readAnswers(' pizza |pasta with\n cheese||')).toEqual({ answers: ['pizza', 'pasta with cheese'] });
    expect(readAnswers('👨‍👩‍👧 | ✔️')).toEqual({ answers: ['👨‍👩‍👧', '✔️'] });
  });

  it.each([
    ['alone', 'at least two'],
    ['| |', 'at least two'],
    ['a | \u200b', 'at least two'],
    ['a|b|A', 'the same'],
    [Array.from({ length: 11 }, (_, index) => index).join('|'), 'at most 10 answers'],
    [`a|${'x'.repeat(81)}`, 'at most 80 characters'],
  ])('%j do not do', (text, problem) => {
    expect(readAnswers(text)).toEqual({ problem: expect.stringContaining(problem) });
  });

  it.each([
    ['pizza', 1],
    ['pizza pasta', 1],
    ['red wine | white wine', 5],
    ['red wine | white wine 2h', 5],
    ['red wine | white wine 2 hours 30 minutes', 5],
    ['pizza|pasta 2h', 1],
    ['pizza | 2h 3h', 3],
    ['pizza| 1h', 2],
    ['now | in 10 minutes time', 6],
  ])('written as %j take %d words of the line', (text, count) => {
    expect(countAnswerWords(words(text))).toBe(count);
  });
});

describe('the question of a poll', () => {
  it.each([
    ['Where do we eat? pizza | pasta', 4],
    ['Lunch pizza | pasta', 1],
    ['Really? Why? a | b', 1],
    ['', 1],
  ])('of %j takes %d words', (text, count) => {
    expect(countQuestionWords(words(text))).toBe(count);
  });
});
