import type { Observation } from '../observation.js';

/** Tux serves again by itself. */
export function recovers({ waitedFor }: Pick<Observation, 'waitedFor'>): string[] {
  return waitedFor === null ? [] : [`Tux did not come back: ${waitedFor}`];
}
