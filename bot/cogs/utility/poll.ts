import { defineCommandGroup } from '../../framework/command.js';
import type { CommandContext } from '../../framework/command-context.js';
import { defineGuildCommand } from '../../framework/guild-command.js';
import { once, refused } from '../../framework/once.js';
import { durationOption, integerOption, textOption } from '../../framework/options.js';
import { refuse } from '../../framework/precondition.js';
import { UserError } from '../../framework/user-error.js';
import { pollBoardOf } from './poll-board.js';
import { enqueueEnd, enqueueResult } from './poll-closing.js';
import type { PollRecord } from './poll-record.js';
import { countAnswerWords, countQuestionWords, readAnswers } from './poll-text.js';

const MIN_DURATION_MS = 1_000;
const MAX_DURATION_MS = 30 * 86_400_000;
const MAX_ID = 2 ** 31 - 1;

/** `$poll Where do we eat? pizza | pasta 2h`, in full `$poll start …`. */
const startCommand = defineGuildCommand({
  name: 'start',
  description: 'Asks a question with buttons to answer, e.g. Lunch? pizza | pasta 2h.',
  options: {
    question: {
      ...textOption({ description: 'The question; in quotes if it has no ?', required: true, maxLength: 250 }),
      countWords: countQuestionWords,
    },
    answers: {
      ...textOption({ description: 'Two to ten answers: pizza | pasta', required: true, maxLength: 900 }),
      countWords: countAnswerWords,
    },
    duration: durationOption({
      description: 'How long it is open, e.g. 2h; without it until it is closed',
      minMs: MIN_DURATION_MS,
      maxMs: MAX_DURATION_MS,
    }),
  },
  cooldown: { ms: 15_000, per: 'user' }, // a poll fills much of the screen
  async run(ctx, guild, { question, answers: text, duration }) {
    const read = readAnswers(text);
    if ('problem' in read) throw new UserError('TUX_POLL_ANSWERS', read.problem);
    const { database, clock } = ctx.services;
    const poll = await database.polls.create({
      guildId: guild.id,
      channelId: ctx.channelId,
      authorId: ctx.user.id,
      question,
      answers: read.answers,
      endsAt: duration === undefined ? null : new Date(clock.now() + duration),
      eventKey: ctx.effectKey(0),
    });
    if (poll.messageId === null) {
      const { id } = await ctx.reply(await pollBoardOf(ctx.services).render(poll));
      await database.polls.setMessage(poll.id, id);
    }
    await enqueueEnd(ctx.services, poll);
  },
});

/** `$poll close`, `$poll close 12`: for its author and managers. */
const closeCommand = defineGuildCommand({
  name: 'close',
  description: 'Closes a poll and tells the result.',
  aliases: ['end'],
  options: {
    id: integerOption({ description: 'Its number; without it the newest one here', min: 1, max: MAX_ID }),
  },
  ephemeral: true,
  async run(ctx, guild, { id }) {
    const { services } = ctx;
    // Which one is noted before anything happens to it: handled once more, the command must not close the next one.
    const pollId = await once(ctx, async () => {
      const poll = await pollToClose(ctx, guild.id, id);
      return poll && (async () => poll.id);
    });
    const poll = pollId && (await services.database.polls.getById(pollId));
    if (!poll) return;
    await enqueueResult(services, poll); // first, as it outlives a crash: no poll is closed without a result
    await services.database.polls.close(poll.id, new Date(services.clock.now()));
    await ctx.reply('🔒 The poll is closed.');
  },
});

/** Null when it is told why nothing is closed. @throws UserError TUX_POLL_UNKNOWN */
async function pollToClose(ctx: CommandContext, guildId: string, id: number | undefined): Promise<PollRecord | null> {
  const { polls } = ctx.services.database;
  const poll = id === undefined ? await polls.findOpen(guildId, ctx.channelId) : await polls.getById(id);
  if (poll?.guildId !== guildId) {
    throw new UserError('TUX_POLL_UNKNOWN', id === undefined ? 'No poll is open here.' : 'There is no such poll.');
  }
  const isAllowed = poll.authorId === ctx.user.id || ctx.services.permissions.isGuildManager(ctx.actor);
  if (!isAllowed) return refused(ctx, refuse('poll.not-yours'));
  if (poll.closedAt === null) return poll;
  await ctx.reply('That poll is closed already.');
  return null;
}

/** `$poll start` begins a poll, `$poll close` ends one. */
export const pollCommands = defineCommandGroup({
  name: 'poll',
  description: 'Asks everybody a question.',
  commands: [startCommand, closeCommand],
  defaultCommand: 'start',
});
