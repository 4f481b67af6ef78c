import type { FreshSessionReason } from '../../../shared/ipc-protocol.js';
import type { StoredMark } from './session-mark.js';
import type { SessionRecord } from './session-record.js';
import { ALL_DONE } from './work-groups.js';

/**
 * Discord forgets a session some minutes after its connection has ended; how many it does not say. To ask for one that is gone
 * costs a round trip, so this is on the long side.
 */
const MAX_AGE_MS = 15 * 60_000;
/** Workers in a row that may die at one and the same mark before what they had begun is looked at one by one. */
const MAX_TRIES = 3;

/** More would take too long one by one; the next three deaths, if they come, lead on from there. */
const MAX_SUSPECTS = 50;

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
  if (record.apiUrl !== present.apiUrl) return 'application-changed';
  if (record.tokenHash !== present.tokenHash) return 'token-changed';
  if (present.applicationId !== null && record.applicationId !== present.applicationId) return 'application-changed';
  if (record.intents !== present.intents) return 'intents-changed';
  if (record.shardCount !== present.shardCount) return 'shards-changed';
  if (record.library !== present.library) return 'library-version';
  // A clock that was set back makes it look as if it came from the future: as good as unknown.
  const ageMs = now - mark.aliveAt;
  return ageMs > MAX_AGE_MS || ageMs < -MAX_AGE_MS ? 'too-old' : null;
}

/** Events that workers may have died of. */
export interface Suspects {
  /** To be dealt with one by one, while all others wait: if a worker dies then, it is known of which. */
  readonly oneByOne: readonly number[];
  /** A worker died of it while it was dealt with alone, and others before; null: none. */
  readonly givenUp: number | null;
}

/**
 * What to make of the events that several workers in a row had begun and did not survive. Most of them only happened to be under
 * way, so they are not given up together. Pure.
 */
export function judgeSuspects({ mark, begun, tries, alone, done }: StoredMark): Suspects {
  if (tries + 1 < MAX_TRIES) return { oneByOne: [], givenUp: null };
  const open: number[] = [];
  for (let seq = mark + 1; seq <= begun; seq += 1) if (done.get(seq) !== ALL_DONE) open.push(seq);
  const givenUp = open.includes(alone) ? alone : null;
  return { oneByOne: open.filter((seq) => seq !== givenUp).slice(0, MAX_SUSPECTS), givenUp };
}
