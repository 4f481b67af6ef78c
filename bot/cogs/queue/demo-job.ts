import { z } from 'zod';
import type { BotServices } from '../../framework/bot-services.js';
import type { CommandContext } from '../../framework/command-context.js';
import { UserError } from '../../framework/user-error.js';
import type { Job } from '../../scheduling/job.js';
import type { JobKind } from '../../scheduling/job-kind.js';

const DEMO_KIND = 'demo';
/** How long a demonstration job may take, in seconds: an hour. */
export const MAX_SECONDS = 3_600;
/** One fewer than run at all: whoever plays with these must not keep a ban from being lifted for an hour. */
const MAX_RUNNING = 3;
/** Of one person, and of everybody together: every job costs memory and disk until it is done. */
const MAX_PER_USER = 25;
const MAX_IN_ALL = 500;
/** Up to a minute apart: it outlasts most outages of Discord, and any number of restarts that somebody makes one after the other. */
const MAX_ATTEMPTS = 100;
const isOpen: ReadonlySet<Job['status']> = new Set(['queued', 'running']);

/** What a demonstration job carries. */
export const demoPayloadSchema = z.object({
  seconds: z.number().int().min(0).max(MAX_SECONDS),
  text: z.string().max(1_500),
  /** Where to report. */
  channelId: z.string(),
});
type DemoPayload = z.infer<typeof demoPayloadSchema>;

/** Waits some seconds and says so: stands in for real work, so that persistence can be watched. */
export function demoJob({ messenger, clock }: BotServices): JobKind<DemoPayload> {
  return {
    name: DEMO_KIND,
    payload: demoPayloadSchema,
    // The only effect is a message, and its nonce makes Discord post it once.
    idempotent: true,
    maxAttempts: MAX_ATTEMPTS,
    maxRunning: MAX_RUNNING,
    async run({ job, payload, signal, effectKey }) {
      await clock.sleep(payload.seconds * 1_000, signal);
      const content = `✅ Job \`${job.id}\` done: ${payload.text}`;
      await messenger.send(payload.channelId, { content }, effectKey);
    },
  };
}

/**
 * Adds a demonstration job that reports to the channel of `ctx`, once per event however often that is handled. Owners may add as
 * many as they like.
 *
 * @returns the job's id.
 * @throws UserError TUX_QUEUE_FULL
 */
export async function enqueueDemo(ctx: CommandContext, seconds: number, text: string): Promise<string> {
  const { channelId, guild, user } = ctx;
  const { jobs } = ctx.services;
  const dedupeKey = ctx.effectKey(0);
  if (jobs.findByDedupeKey(dedupeKey) === undefined) checkRoom(ctx);
  const { id } = await jobs.enqueue({
    kind: DEMO_KIND,
    payload: { seconds, text, channelId },
    dedupeKey,
    channelId,
    userId: user.id,
    ...(guild && { guildId: guild.id }),
  });
  return id;
}

function checkRoom({ user, services }: CommandContext): void {
  if (services.permissions.isOwner(user.id)) return;
  const open = services.jobs.list().filter(({ kind, status }) => kind === DEMO_KIND && isOpen.has(status));
  if (open.filter(({ userId }) => userId === user.id).length >= MAX_PER_USER) {
    throw new UserError('TUX_QUEUE_FULL', `You have ${MAX_PER_USER} jobs in the queue already.`, {
      hint: 'Wait until some of them are done: `/queue list` shows them.',
    });
  }
  if (open.length >= MAX_IN_ALL) {
    throw new UserError('TUX_QUEUE_FULL', 'The queue has no room for more demonstrations just now.', {
      hint: 'Try again later: `/queue list` shows what waits.',
    });
  }
}
