import type { BotServices } from './bot-services.js';
import { CommandContext, type Invocation } from './command-context.js';
import type { OutgoingMessage } from './outgoing-message.js';
import type { UpdatingResponder } from './responder.js';

/** The message that a button or menu belongs to: always one of our own. */
export interface ComponentMessage {
  readonly id: string;
  /** Its text when the button was pressed. */
  readonly content: string;
}

/** What the dispatcher knows about a press or a pick. */
export interface ComponentInvocation extends Invocation<UpdatingResponder> {
  readonly message: ComponentMessage;
  readonly values: readonly string[];
}

/** What the handler of a button or menu is given to work with. */
export class ComponentContext extends CommandContext {
  readonly message: ComponentMessage;
  /** What was picked from a menu; empty for a button. */
  readonly values: readonly string[];
  readonly #updating: UpdatingResponder;

  constructor(invocation: ComponentInvocation, services: BotServices, signal: AbortSignal) {
    super(invocation, services, signal);
    this.message = invocation.message;
    this.values = invocation.values;
    this.#updating = invocation.responder;
  }

  /** Changes the message that the button belongs to. */
  update(message: OutgoingMessage): Promise<void> {
    return this.#updating.update(message);
  }
}
