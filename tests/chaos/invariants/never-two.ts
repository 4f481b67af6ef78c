import type { Observation } from '../observation.js';

/** At no instant two live gateway sessions. */
export function neverTwo({ maxLiveSessions }: Pick<Observation, 'maxLiveSessions'>): string[] {
  return maxLiveSessions > 1 ? [`${maxLiveSessions} gateway sessions were live at once`] : [];
}
