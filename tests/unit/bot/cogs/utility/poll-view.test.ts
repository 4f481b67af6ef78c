import { describe, expect, it } from 'vitest';
import { pollResult, renderPoll } from '../../../../../bot/cogs/utility/poll-view.js';

const poll = {
  id: 12,
  authorId: '7',
  question: 'Lunch?',
  answers: ['pizza', 'pasta', 'salad'],
  votes: [2, 1, 0],
  endsAt: new Date(60_000),
  isClosed: false,
};

describe('the message of a poll', () => {
  it('shows how it stands, and carries the poll in its buttons', () => {
    const { embeds, components } = renderPoll(poll);
    expect(embeds?.[0]).toMatchObject({
      title: '📊 Lunch?',
      description: [
        '**pizza**\n▰▰▰▰▰▰▰▱▱▱ 2 votes (67 %)',
        '**pasta**\n▰▰▰▱▱▱▱▱▱▱ 1 vote (33 %)',
        '**salad**\n▱▱▱▱▱▱▱▱▱▱ 0 votes (0 %)',
        '\nEnds <t:60:R>. Asked by <@7>.',
      ].join('\n'),
      footer: { text: 'Poll 12 · 3 votes · one vote each, you may change it' },
    });
    expect(components?.[0]?.components[2]).toMatchObject({ label: 'salad', custom_id: 'v1:utility.vote:12,2' });
  });

  it('has no buttons any more when it is closed', () => {
    const { embeds, components } = renderPoll({ ...poll, isClosed: true });
    expect([embeds?.[0]?.description?.split('\n').at(-1), components]).toEqual(['🔒 Closed. Asked by <@7>.', []]);
  });

  it.each([
    [[2, 1, 0], '**pizza** wins with 2 of 3 votes.'],
    [[1, 1, 0], 'It is a tie between **pizza** and **pasta**, with 1 of 2 votes each.'],
    [[0, 0, 0], 'Nobody voted.'],
  ])('tells the result of %j', (votes, result) => {
    expect(pollResult({ ...poll, votes })).toBe(`📊 “Lunch?” is closed. ${result}`);
  });
});
