import type { BotServices } from './bot-services.js';
import { CommandContext, type Invocation } from './command-context.js';
import type { OutgoingMessage } from './outgoing-message.js';
import type { UpdatingResponder } from './responder.js';

/** What the handler of a button is given to work with. */
export class ComponentContext extends CommandContext {
  readonly #updating: UpdatingResponder;

  constructor(invocation: Invocation<UpdatingResponder>, services: BotServices, signal: AbortSignal) {
    super(invocation, services, signal);
    this.#updating = invocation.responder;
  }

  /** Changes the message that the button belongs to. */
  update(message: OutgoingMessage): Promise<void> {
    return this.#updating.update(message);
  }
}
