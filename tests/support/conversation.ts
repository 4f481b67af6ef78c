import type { APIMessage } from 'discord-api-types/v10';
import { SANDBOX_IDS, type Sandbox } from '../../sandbox/index.js';

/** Who acts (name or id), and where; default: the owner in `general`. */
interface Acting {
  readonly as?: string;
  readonly channel?: string;
}

interface Pressing {
  /** Default: the newest message that has such a button. */
  readonly messageId?: string;
  /** Of a menu. */
  readonly values?: readonly string[];
}

/** Talking to the bot as people of a sandbox do: act, and wait for the answer to just that. */
export class Conversation {
  constructor(readonly sandbox: Sandbox) {}

  /** Sends a prefix command and waits for the answer, which refers to it. */
  async say(text: string, { as = 'owner', channel = 'general' }: Acting = {}): Promise<APIMessage> {
    const { id } = this.sandbox.actors.say({ text, as, channel });
    return this.sandbox.recorder.waitForMessage((message) => message.message_reference?.message_id === id);
  }

  /** Uses a slash command; waits for the first answer, or for the edit that fills in a deferred one. */
  slash(
    path: string,
    options: Record<string, string> = {},
    { as = 'owner', channel = 'general' }: Acting = {},
  ): Promise<APIMessage> {
    const { id } = this.sandbox.actors.slash({ command: path.split(' '), options, as, channel });
    return this.answerTo(id);
  }

  /** Presses a button by its label, or picks from a menu; waits for the answer or for the change of the message. */
  click(button: string, { as = 'owner', channel = 'general', ...what }: Acting & Pressing = {}): Promise<APIMessage> {
    const { id } = this.sandbox.actors.click({ button, as, channel, ...what });
    return this.answerTo(id);
  }

  /** Types in an option of a slash command. @returns the values that are suggested. */
  async suggest(path: string, option: string, typed: string, acting: Acting = {}): Promise<string[]> {
    const { id } = this.sandbox.actors.suggest({ command: path.split(' '), option, typed, ...acting });
    const { data } = await this.sandbox.recorder.sightings.waitFor((seen) => seen.interactionId === id);
    return (data as { choices: { value: string }[] }).choices.map(({ value }) => value);
  }

  /** Waits for a message of the bot, wherever. @param after see `sandbox.recorder.mark()`; default: from the beginning. */
  posted(content: RegExp, after?: number): Promise<APIMessage> {
    const isWanted = (message: APIMessage) => message.author.id === SANDBOX_IDS.bot && content.test(textOf(message));
    return this.sandbox.recorder.waitForMessage(isWanted, after === undefined ? {} : { after });
  }

  /** Waits for the first answer to an interaction, or for the edit that fills in a deferred one. */
  async answerTo(interactionId: string): Promise<APIMessage> {
    const { message } = await this.sandbox.recorder.sightings.waitFor(
      (seen) => seen.interactionId === interactionId && seen.message !== undefined && seen.kind !== 'deferred',
    );
    if (!message) throw new Error('no message');
    return message;
  }
}

/** All the words of a message, those of its embeds included. */
export function textOf({ content, embeds }: Pick<APIMessage, 'content' | 'embeds'>): string {
  const parts = embeds.flatMap(({ title, description, fields = [], footer }) => [
    title,
    description,
    ...fields.flatMap(({ name, value }) => [name, value]),
    footer?.text,
  ]);
  return [content, ...parts].filter(Boolean).join('\n');
}
