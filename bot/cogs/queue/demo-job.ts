import { z } from 'zod';
import type { BotServices } from '../../framework/bot-services.js';
import type { CommandContext } from '../../framework/command-context.js';
import type { JobKind } from '../../scheduling/job-kind.js';

const DEMO_KIND = 'demo';
/** How long a demonstration job may take, in seconds: an hour. */
export const MAX_SECONDS = 3_600;
/** One fewer than run at all: whoever plays with these must not keep a ban from being lifted for an hour. */
const MAX_RUNNING = 3;

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
    maxRunning: MAX_RUNNING,
    async run({ job, payload, signal, effectKey }) {
      await clock.sleep(payload.seconds * 1_000, signal);
      const content = `✅ Job \`${job.id}\` done: ${payload.text}`;
      await messenger.send(payload.channelId, { content }, effectKey);
    },
  };
}

/**
 * Adds a demonstration job that reports to the channel of `ctx`, once per event however often that is handled.
 *
 * @returns the job's id.
 */
export async function enqueueDemo(ctx: CommandContext, seconds: number, text: string): Promise<string> {
  const { channelId, guild, user } = ctx;
  const { id } = await ctx.services.jobs.enqueue({
    kind: DEMO_KIND,
    payload: { seconds, text, channelId },
    dedupeKey: ctx.effectKey(0),
    channelId,
    userId: user.id,
    ...(guild && { guildId: guild.id }),
  });
  return id;
}
