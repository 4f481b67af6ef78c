import type { Job } from './job.js';
import { DEFAULT_MAX_AGE_MS, type JobKind } from './job-kind.js';
import { interrupted, requeued } from './job-transitions.js';

/** How far ahead of the clock a creation time may lie before it is disbelieved. */
export const MAX_FUTURE_MS = 5 * 60 * 1_000;

/** Why a job of the last run is not run again. */
export type RejectionReason =
  | 'invalid'
  | 'from-future'
  | 'too-old'
  | 'expired'
  | 'unreachable'
  | 'duplicate'
  | 'interrupted'
  | 'out-of-attempts';

/** Where a job takes effect. */
export type JobPlace = Pick<Job, 'guildId' | 'channelId' | 'userId'>;

/** Whether the bot still is where a job wants to take effect; asked once per job and boot. */
export type Reachability = (place: JobPlace) => boolean;

/** The facts that {@link planRequeue} judges by. */
export interface RequeueInput {
  /** In queue order. */
  readonly jobs: readonly Job[];
  /** Wall-clock milliseconds. */
  readonly now: number;
  /** A job whose kind is not (yet) known keeps its place; only its payload cannot be checked. */
  readonly kinds: ReadonlyMap<string, Pick<JobKind<unknown>, 'payload' | 'maxAgeMs'>>;
  /** Keys of jobs that finished lately. */
  readonly finishedKeys: ReadonlySet<string>;
  readonly isReachable: Reachability;
}

/** What becomes of each job. One that has run and must not run again is in `rejected`, and kept in `held`. */
export interface RequeuePlan {
  /** To run, in queue order, all `queued`. */
  readonly accepted: readonly Job[];
  /** Kept for people to see: `failed` and `interrupted`, the newly interrupted ones included. */
  readonly held: readonly Job[];
  readonly rejected: readonly { readonly job: Job; readonly why: RejectionReason }[];
}

/** Decides on boot what becomes of each job of the last run. Reads and changes nothing but what it is given. */
export function planRequeue(input: RequeueInput): RequeuePlan {
  const rejected: { job: Job; why: RejectionReason }[] = [];
  const sound = input.jobs.filter((job) => {
    const why = flawOf(job, input);
    if (why !== undefined) rejected.push({ job, why });
    return why === undefined;
  });
  const winners = new Winners(sound);
  const accepted: Job[] = [];
  const held: Job[] = [];
  for (const job of sound) {
    const isDuplicate = !winners.includes(job) || isFinished(job, input);
    const why = isDuplicate ? 'duplicate' : whyNotAgain(job);
    if (why !== undefined) rejected.push({ job, why });
    if (isDuplicate) continue;
    if (why !== undefined) held.push(interrupted(job, input.now));
    else if (job.status === 'queued') accepted.push(job);
    else if (job.status === 'running') accepted.push(requeued(job, input.now));
    else held.push(job);
  }
  return { accepted, held, rejected };
}

/** What rules a job out whatever the others are. */
function flawOf(job: Job, { now, kinds, isReachable }: RequeueInput): RejectionReason | undefined {
  const kind = kinds.get(job.kind);
  const createdAt = Date.parse(job.createdAt);
  const dueAt = Math.max(createdAt, job.notBefore === undefined ? 0 : Date.parse(job.notBefore));
  if (createdAt > Date.parse(job.updatedAt)) return 'invalid';
  if (createdAt > now + MAX_FUTURE_MS) return 'from-future';
  // Counted from when it was to run: a job for the day after tomorrow is not old tomorrow.
  if (now - dueAt > (kind?.maxAgeMs ?? DEFAULT_MAX_AGE_MS)) return 'too-old';
  if (job.status === 'failed' || job.status === 'interrupted') return undefined; // only shown, not run
  if (kind !== undefined && !kind.payload.safeParse(job.payload).success) return 'invalid';
  if (job.expiresAt !== undefined && Date.parse(job.expiresAt) <= now) return 'expired';
  return isReachable(job) ? undefined : 'unreachable';
}

/** What keeps a job that was running from being run again: it may have had its effect already. */
function whyNotAgain(job: Job): RejectionReason | undefined {
  if (job.status !== 'running') return undefined;
  if (!job.idempotent) return 'interrupted';
  return job.attempts >= job.maxAttempts ? 'out-of-attempts' : undefined;
}

/** Who stays of those that share an id or a dedupeKey: the one that was changed last. */
class Winners {
  readonly #byId = new Map<string, Job>();
  readonly #byKey = new Map<string, Job>();

  constructor(jobs: readonly Job[]) {
    for (const job of jobs) {
      keepNewer(this.#byId, job.id, job);
      const key = keyOf(job);
      if (key !== undefined) keepNewer(this.#byKey, key, job);
    }
  }

  includes(job: Job): boolean {
    const key = keyOf(job);
    return this.#byId.get(job.id) === job && (key === undefined || this.#byKey.get(key) === job);
  }
}

/** A failed job's dedupeKey is free again: whoever asked may ask anew. */
function keyOf({ status, dedupeKey }: Job): string | undefined {
  return status === 'failed' ? undefined : dedupeKey;
}

function keepNewer(winners: Map<string, Job>, key: string, job: Job): void {
  const rival = winners.get(key);
  if (rival === undefined || Date.parse(job.updatedAt) > Date.parse(rival.updatedAt)) winners.set(key, job);
}

function isFinished(job: Job, { finishedKeys }: RequeueInput): boolean {
  const key = keyOf(job);
  return key !== undefined && finishedKeys.has(key);
}
