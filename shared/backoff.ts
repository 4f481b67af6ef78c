/** Exponential back-off: `baseMs × 2^attempt`, capped, with full jitter unless `jitter` is `'none'`. */
export interface BackoffPolicy {
  readonly baseMs: number;
  readonly maxMs: number;
  readonly jitter?: 'full' | 'none';
}

/**
 * Delay in ms before try number `attempt + 1` (attempt 0 = after the first failure).
 *
 * Full jitter (uniform between 0 and the ceiling) keeps many processes from retrying in step; see the AWS Architecture
 * Blog, "Exponential Backoff And Jitter".
 *
 * @param random a number in [0, 1); injected so that tests are exact.
 */
export function backoffDelay(policy: BackoffPolicy, attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(policy.maxMs, policy.baseMs * 2 ** Math.min(Math.max(0, attempt), 30));
  return policy.jitter === 'none' ? ceiling : Math.round(random() * ceiling);
}
