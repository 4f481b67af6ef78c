import { TuxError } from '../../shared/errors.js';
import { type Job, jobSchema } from './job.js';
import { type JobKind, maxAttemptsOf } from './job-kind.js';

/** What a cog asks for. Times are ISO-8601 UTC. */
export interface JobRequest {
  readonly kind: string;
  /** JSON that fits the schema of the kind. */
  readonly payload: unknown;
  /** Names the effect, e.g. the id of the event that asked for it: a second request with it has no second effect. */
  readonly dedupeKey?: string;
  readonly guildId?: string;
  readonly channelId?: string;
  readonly userId?: string;
  readonly notBefore?: string;
  readonly expiresAt?: string;
}

/**
 * The queued job of a request.
 *
 * @param now wall-clock milliseconds.
 * @throws TuxError TUX_JOB_INVALID when the payload or another field does not fit.
 */
export function createJob(request: JobRequest, kind: JobKind<unknown>, id: string, now: number): Job {
  const at = new Date(now).toISOString();
  const parsed = jobSchema.safeParse({
    ...request,
    payload: asRead(request),
    id,
    status: 'queued',
    attempts: 0,
    maxAttempts: maxAttemptsOf(kind),
    createdAt: at,
    updatedAt: at,
    idempotent: kind.idempotent,
  });
  if (!parsed.success) throw invalid(request, parsed.error);
  const payload = kind.payload.safeParse(parsed.data.payload);
  if (!payload.success) throw invalid(request, payload.error);
  return parsed.data;
}

/** The payload as it will be read after a restart, so that a job behaves the same before and after one. */
function asRead(request: JobRequest): unknown {
  try {
    return JSON.parse(JSON.stringify(request.payload ?? null));
  } catch (cause) {
    throw invalid(request, cause as Error);
  }
}

function invalid(request: JobRequest, cause: Error): TuxError {
  return new TuxError('TUX_JOB_INVALID', `The job '${request.kind}' is not valid: ${cause.message}`, { cause });
}
