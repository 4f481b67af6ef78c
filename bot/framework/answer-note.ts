/**
 * What workers tell one another of the answer to an interaction. Discord says only to a request whether there is one, and a worker
 * that comes back after an outage has hundreds of interactions for which the time is over: it asks for those only that somebody
 * had begun to answer.
 */
export interface AnswerNote {
  /** An earlier worker may have sent an answer or a deferral. */
  readonly isBegun: boolean;
  /** One is about to be sent. To be called first. */
  begin(): void;
}

/** Of an event that no other worker will see. */
export const nothingNoted: AnswerNote = { isBegun: false, begin: () => {} };
