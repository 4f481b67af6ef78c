import type { DatabasePort } from '../../framework/bot-services.js';

type Polls = DatabasePort['polls'];

/** A poll as the database keeps it. */
export type PollRecord = NonNullable<Awaited<ReturnType<Polls['getById']>>>;

/** What became of a vote. */
export type VoteOutcome = Awaited<ReturnType<Polls['vote']>>;
