import type { FreshSessionReason } from '../../../shared/ipc-protocol.js';
import type { StoredMark } from './session-mark.js';
import type { SessionRecord } from './session-record.js';
import { ALL_DONE } from './work-groups.js';

/**
 * Discord forgets a session some minutes after its connection has ended; how many it does not say. To ask for one that is gone
 * costs a round trip, so this is on the long side.
 */
const MAX_AGE_MS = 15 * 60_000;
/** Workers that may die at one and the same event before it is given up. */
const MAX_TRIES = 3;

/** What has to be the same for a session to go on. */
export type SessionIdentity = Pick<SessionRecord, 'tokenHash' | 'intents' | 'shardCount' | 'library'> & {
  /** Null when the token does not tell. */
  readonly applicationId: string | null;
};

export interface ResumeFacts {
  /** What the last worker left; null without a session. */
  readonly record: SessionRecord | null;
  /** Null when there is none for this session, or it is damaged. */
  readonly mark: StoredMark | null;
  readonly present: SessionIdentity;
  readonly now: number;
}

/** Whether the session of the last worker can be asked for. Pure. @returns why not; null when it can. */
export function whyNotResume({ record, mark, present, now }: ResumeFacts): FreshSessionReason | null {
  if (record === null || mark === null) return 'no-session';
  if (record.tokenHash !== present.tokenHash) return 'token-changed';
  if (present.applicationId !== null && record.applicationId !== present.applicationId) return 'application-changed';
  if (record.intents !== present.intents) return 'intents-changed';
  if (record.shardCount !== present.shardCount) return 'shards-changed';
  if (record.library !== present.library) return 'library-version';
  // A clock that was set back makes it look as if it came from the future: as good as unknown.
  const ageMs = now - mark.aliveAt;
  return ageMs > MAX_AGE_MS || ageMs < -MAX_AGE_MS ? 'too-old' : null;
}

/**
 * The events that several workers in a row had begun and did not survive. They are given up, else the next would die of them,
 * too.
 */
export function eventsToGiveUp({ mark, begun, tries, done }: StoredMark): number[] {
  if (tries + 1 < MAX_TRIES) return [];
  const events: number[] = [];
  for (let seq = mark + 1; seq <= begun; seq += 1) if (done.get(seq) !== ALL_DONE) events.push(seq);
  return events;
}
