import { ulid } from 'ulid';

/**
 * An id that no other process and no later call makes: a ULID, so ids sort by their time. It is no secret: it names runs, requests
 * and owners of locks. Hence V8's own random numbers are enough (16 characters of them after the millisecond), and a supervisor
 * does without `node:crypto`, which takes almost a megabyte, see docs/decisions/0011-small-supervisor.md.
 *
 * @param at wall-clock ms.
 */
export function uniqueId(at: number = Date.now()): string {
  return ulid(at, Math.random);
}
