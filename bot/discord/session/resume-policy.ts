import type { FreshSessionReason } from '../../../shared/ipc-protocol.js';
import type { StoredMark } from './session-mark.js';
import type { SessionRecord } from './session-record.js';
import { ALL_DONE } from './work-groups.js';

/**
 * Discord forgets a session some minutes after its connection has ended; how many it does not say. To ask for one that is gone
 * costs a round trip, so this is on the long side.
 */
const MAX_AGE_MS = 15 * 60_000;
/** Workers in a row that may die with one and the same event. */
const MAX_DEATHS = 3;

/** What has to be the same for a session to go on. */
export type SessionIdentity = Pick<SessionRecord, 'apiUrl' | 'tokenHash' | 'intents' | 'shardCount' | 'library'> & {
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
  const reason = whyNotOurs(record, present);
  if (reason !== null) return reason;
  // A clock that was set back makes it look as if it came from the future: as good as unknown.
  const ageMs = now - mark.aliveAt;
  return ageMs > MAX_AGE_MS || ageMs < -MAX_AGE_MS ? 'too-old' : null;
}

/** Whether a session is one that this worker could go on with, as far as that does not change. Pure. @returns why not; null when it is. */
export function whyNotOurs(record: SessionRecord, present: SessionIdentity): FreshSessionReason | null {
  if (record.apiUrl !== present.apiUrl) return 'application-changed';
  if (record.tokenHash !== present.tokenHash) return 'token-changed';
  if (present.applicationId !== null && record.applicationId !== present.applicationId) return 'application-changed';
  if (record.intents !== present.intents) return 'intents-changed';
  if (record.shardCount !== present.shardCount) return 'shards-changed';
  return record.library === present.library ? null : 'library-version';
}

/** What the end of the last worker says about the event that it had begun with last. */
export interface DeathVerdict {
  readonly suspect: number;
  /** How many workers in a row had begun with it last when they died. */
  readonly deaths: number;
}

/**
 * A worker that is killed by an event (a loop without end, no memory left) has begun with that one last, and the next one, which is
 * told the same in the same order, will die with the very same. One that is killed from outside has begun with any. Pure.
 */
export function judgeDeath({ mark, last, suspect, deaths, noted }: StoredMark): DeathVerdict {
  if (last <= mark || noted.get(last) === ALL_DONE) return { suspect: 0, deaths: 0 };
  return { suspect: last, deaths: last === suspect ? deaths + 1 : 1 };
}

/** The event that is given up, else the next worker would die of it, too; null: none. */
export function eventToGiveUp(stored: StoredMark): number | null {
  const { suspect, deaths } = judgeDeath(stored);
  return deaths >= MAX_DEATHS ? suspect : null;
}
