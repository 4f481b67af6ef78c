import type { ComponentHandler } from '../../framework/components.js';
import { once } from '../../framework/once.js';
import { guildOnly } from '../../framework/precondition.js';
import { pollBoardOf } from './poll-board.js';
import type { VoteOutcome } from './poll-record.js';

/** What the voter is told; nobody else sees it. */
const answers: Readonly<Record<VoteOutcome, (answer: string) => string>> = {
  recorded: (answer) => `✅ You voted for **${answer}**.`,
  changed: (answer) => `✅ You changed your vote to **${answer}**.`,
  same: (answer) => `You voted for **${answer}** already.`,
  closed: () => '🔒 This poll is closed.',
  unknown: () => 'I do not know this poll any more.',
};

/** A button of a poll: `args` are the id of the poll and the index of the answer. */
export const voteButton: ComponentHandler = {
  preconditions: [guildOnly()],
  async run(ctx, [pollId, index]) {
    const vote = { pollId: Number(pollId), userId: ctx.user.id, answer: Number(index) };
    const at = new Date(ctx.services.clock.now());
    const outcome = (await once(ctx, async () => (db) => db.polls.vote({ ...vote, at }))) ?? 'unknown';
    if (outcome === 'recorded' || outcome === 'changed') pollBoardOf(ctx.services).showSoon(vote.pollId);
    const poll = await ctx.services.database.polls.getById(vote.pollId);
    await ctx.reply({ content: answers[outcome](poll?.answers[vote.answer] ?? ''), ephemeral: true });
  },
};
