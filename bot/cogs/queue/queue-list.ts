import { truncate } from '../../framework/outgoing-message.js';
import type { Job } from '../../scheduling/job.js';
import { demoPayloadSchema } from './demo-job.js';

/** Keeps the list below the length of one message. */
const MAX_LISTED = 20;

/**
 * One line per job, the first ones only. The queue is that of all servers: what a job says is shown in the channel `channelId`
 * only if it was asked for there.
 */
export function describeJobs(jobs: readonly Job[], channelId: string): string {
  const lines = jobs.slice(0, MAX_LISTED).map((job) => {
    const demo = job.channelId === channelId ? demoPayloadSchema.safeParse(job.payload) : null;
    const text = demo?.success ? truncate(demo.data.text.replaceAll(/\s+/g, ' '), 40) : job.kind;
    return `\`${job.id}\` ${job.status}: ${text}`;
  });
  const more = jobs.length > MAX_LISTED ? [`… and ${jobs.length - MAX_LISTED} more`] : [];
  return [...lines, ...more].join('\n') || 'The queue is empty.';
}
