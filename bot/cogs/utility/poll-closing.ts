import { z } from 'zod';
import type { BotServices } from '../../framework/bot-services.js';
import { defineListener } from '../../framework/cog.js';
import type { JobKind } from '../../scheduling/job-kind.js';
import { pollBoardOf } from './poll-board.js';
import type { PollRecord } from './poll-record.js';

const END_KIND = 'poll.end';
const RESULT_KIND = 'poll.result';
const DAY_MS = 86_400_000;

const payloadSchema = z.object({ pollId: z.number().int() });
type Payload = z.infer<typeof payloadSchema>;

const common = {
  payload: payloadSchema,
  idempotent: true, // a poll is closed once, and the key of its result follows from its message
  maxAttempts: 100, // up to a minute apart: outlasts most outages of Discord
  maxAgeMs: 365 * DAY_MS, // however late, a poll must not stay open for good
};

/** Closing a poll when its time is over, and telling the result of one that somebody closed. */
export function pollJobs(services: BotServices): JobKind<Payload>[] {
  const board = pollBoardOf(services);
  return [
    { ...common, name: END_KIND, run: ({ payload }) => board.end(payload.pollId) },
    { ...common, name: RESULT_KIND, run: ({ payload }) => board.endNow(payload.pollId) },
  ];
}

/** Has a poll closed when its time is over; asked for once or often. */
export async function enqueueEnd({ jobs }: Pick<BotServices, 'jobs'>, poll: PollRecord): Promise<void> {
  const { id, guildId, endsAt } = poll;
  if (endsAt === null) return;
  const notBefore = endsAt.toISOString();
  await jobs.enqueue({ kind: END_KIND, payload: { pollId: id }, guildId, dedupeKey: `poll-end:${id}`, notBefore });
}

/** Has a poll closed and its result told now, or as soon as Discord is there. */
export async function enqueueResult({ jobs }: Pick<BotServices, 'jobs'>, poll: PollRecord): Promise<void> {
  const { id, guildId } = poll;
  await jobs.enqueue({ kind: RESULT_KIND, payload: { pollId: id }, guildId, dedupeKey: `poll-result:${id}` });
}

/** After a start: shows what was voted before the last run ended, and makes sure that every poll with an end has its job. */
export const pollRecovery = defineListener('clientReady', async (services) => {
  for (const poll of await pollBoardOf(services).refreshAll()) await enqueueEnd(services, poll);
});
