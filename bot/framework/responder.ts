import type { Reply, SentMessage } from './outgoing-message.js';

/** How an answer reaches the person: the one thing in which the forms of a command differ. */
export interface Responder {
  reply(reply: Reply): Promise<SentMessage>;
  /** Shows that the answer takes a while. Does nothing once there was an answer. */
  defer(): Promise<void>;
}

/** The answer to an interaction, with which an earlier worker may have begun. */
export interface ResumableResponder extends Responder {
  /**
   * Goes on from what an earlier worker has answered; to be called before anything else, for a replayed interaction that is too
   * old for a first answer. One that is young enough finds out by itself. A request: not for one that nobody had begun to answer.
   *
   * @returns false when nobody has answered, and nothing should be done.
   */
  takeUp(): Promise<boolean>;
}

/** The answer to a button, which may also change the message the button belongs to. */
export interface UpdatingResponder extends Responder {
  update(message: Reply): Promise<void>;
}
