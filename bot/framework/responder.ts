import type { Reply, SentMessage } from './outgoing-message.js';

/** How an answer reaches the person: the one thing in which the forms of a command differ. */
export interface Responder {
  reply(reply: Reply): Promise<SentMessage>;
  /** Shows that the answer takes a while. Does nothing once there was an answer. */
  defer(): Promise<void>;
}

/** The answer to a button, which may also change the message the button belongs to. */
export interface UpdatingResponder extends Responder {
  update(message: Reply): Promise<void>;
}
