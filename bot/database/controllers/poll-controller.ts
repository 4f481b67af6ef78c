import { type EntityManager, IsNull, Not } from 'typeorm';
import { Poll, PollVote } from '../entities/poll.js';

/** A question that somebody asks. */
export interface NewPoll {
  readonly guildId: string;
  readonly channelId: string;
  readonly authorId: string;
  readonly question: string;
  readonly answers: readonly string[];
  /** null: until somebody closes it. */
  readonly endsAt: Date | null;
  /** The Discord event behind it: a second poll for the same event is never made. */
  readonly eventKey: string;
}

/** The vote of one person in a poll. */
export interface NewVote {
  readonly pollId: number;
  readonly userId: string;
  /** Index into the answers. */
  readonly answer: number;
  readonly at: Date;
}

/** What became of a vote; `unknown`: there is no such poll or answer (any more). */
export type VoteOutcome = 'recorded' | 'changed' | 'same' | 'closed' | 'unknown';

/** Polls and their votes. */
export class PollController {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** Makes a poll that has no message yet; for an event that was seen before, returns the poll it made. */
  async create(input: NewPoll): Promise<Poll> {
    const row = { ...input, answers: [...input.answers] };
    await this.#manager.createQueryBuilder().insert().into(Poll).values(row).orIgnore().execute();
    return this.#manager.findOneByOrFail(Poll, { eventKey: input.eventKey });
  }

  getById(id: number): Promise<Poll | null> {
    return this.#manager.findOneBy(Poll, { id });
  }

  /** The newest poll of a channel that nobody has closed. */
  findOpen(guildId: string, channelId: string): Promise<Poll | null> {
    const where = { guildId, channelId, closedAt: IsNull(), messageId: Not(IsNull()) };
    return this.#manager.findOne(Poll, { where, order: { id: 'DESC' } });
  }

  /** At most `limit` polls that nobody has closed, newest first. */
  listOpen(limit: number): Promise<Poll[]> {
    const where = { closedAt: IsNull(), messageId: Not(IsNull()) };
    return this.#manager.find(Poll, { where, order: { id: 'DESC' }, take: limit });
  }

  async setMessage(id: number, messageId: string): Promise<void> {
    await this.#manager.update(Poll, { id }, { messageId });
  }

  /** Records what somebody chose, in place of what they chose before. */
  vote({ pollId, userId, answer, at }: NewVote): Promise<VoteOutcome> {
    return this.#manager.transaction(async (manager) => {
      // Shared among votes, but holds back a close until we commit: the result never misses a vote that was confirmed.
      const poll = await manager.findOne(Poll, { where: { id: pollId }, lock: { mode: 'pessimistic_read' } });
      if (poll?.answers[answer] === undefined) return 'unknown';
      if (poll.closedAt !== null || (poll.endsAt !== null && poll.endsAt <= at)) return 'closed';
      const earlier = await manager.findOneBy(PollVote, { pollId, userId });
      if (earlier?.answer === answer) return 'same';
      await manager.upsert(PollVote, { pollId, userId, answer }, ['pollId', 'userId']);
      return earlier === null ? 'recorded' : 'changed';
    });
  }

  /** The number of votes for each answer, in the order of the answers. */
  async tally({ id, answers }: Pick<Poll, 'id' | 'answers'>): Promise<number[]> {
    const rows: { answer: number; votes: number }[] = await this.#manager.query(
      'SELECT answer, count(*)::int AS votes FROM poll_votes WHERE poll_id = $1 GROUP BY answer',
      [id],
    );
    const votes = new Map(rows.map((row) => [row.answer, row.votes]));
    return answers.map((_, index) => votes.get(index) ?? 0);
  }

  /** @returns whether it was open. */
  async close(id: number, at: Date): Promise<boolean> {
    const { affected } = await this.#manager.update(Poll, { id, closedAt: IsNull() }, { closedAt: at });
    return affected === 1;
  }

  /** Removes a poll with its votes. */
  async remove(id: number): Promise<void> {
    await this.#manager.delete(Poll, { id });
  }
}
