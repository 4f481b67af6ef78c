import { createHash } from 'node:crypto';
import type { Clock } from '../../shared/clock.js';
import { bucketKey } from './route.js';

/** At most `limit` requests to one route within `windowMs`; the window begins with the first of them. */
export interface RouteLimit {
  readonly limit: number;
  readonly windowMs: number;
}

/** Far above what a polite bot needs: limits are met in tests that ask for them, not by accident. */
const DEFAULT_LIMIT: RouteLimit = { limit: 50, windowMs: 1_000 };

/** Beyond so many buckets those whose window is over are forgotten: every interaction makes one of its own. */
export const MAX_WINDOWS = 1_000;

interface Window {
  used: number;
  /** Monotonic milliseconds. */
  readonly endsAt: number;
}

/** The state of a bucket after a request was counted. */
export interface BucketState {
  readonly isExceeded: boolean;
  readonly retryAfterMs: number;
  /** `X-RateLimit-*` of the answer. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Fixed-window limits per route and channel, guild or webhook. */
export class RateLimits {
  readonly #clock: Clock;
  readonly #limits = new Map<string, RouteLimit>();
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sets the limit of a route such as `POST /channels/:id/messages`. */
  set(route: string, limit: RouteLimit): void {
    this.#limits.set(route, limit);
  }

  /** How many buckets are remembered. */
  get size(): number {
    return this.#windows.size;
  }

  /** Back to the usual limits, with nothing used. */
  reset(): void {
    this.#limits.clear();
    this.#windows.clear();
  }

  /** Counts a request against its bucket. @param path tells the buckets of one route apart, e.g. those of two channels. */
  count(route: string, path: string): BucketState {
    const { limit, windowMs } = this.#limits.get(route) ?? DEFAULT_LIMIT;
    const key = bucketKey(route, path);
    const now = this.#clock.monotonic();
    const known = this.#windows.get(key);
    const window = known && known.endsAt > now ? known : { used: 0, endsAt: now + windowMs };
    this.#windows.set(key, window);
    if (this.#windows.size > MAX_WINDOWS) this.#forgetEnded(now);
    const isExceeded = window.used >= limit;
    if (!isExceeded) window.used += 1;
    const leftMs = window.endsAt - now;
    return {
      isExceeded,
      retryAfterMs: leftMs,
      headers: {
        'x-ratelimit-limit': String(limit),
        'x-ratelimit-remaining': String(limit - window.used),
        'x-ratelimit-reset': ((this.#clock.now() + leftMs) / 1000).toFixed(3),
        'x-ratelimit-reset-after': (leftMs / 1000).toFixed(3),
        'x-ratelimit-bucket': createHash('sha256').update(route).digest('hex').slice(0, 32),
      },
    };
  }

  #forgetEnded(now: number): void {
    for (const [key, { endsAt }] of this.#windows) if (endsAt <= now) this.#windows.delete(key);
  }
}
