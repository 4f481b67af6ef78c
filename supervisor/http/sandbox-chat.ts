import { z } from 'zod';
import { SANDBOX_IDS } from '../../sandbox/ids.js';
import type { Clock } from '../../shared/clock.js';
import type { ChatEvent, ChatPage } from '../../shared/control/page-api.js';
import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { type ApiMessage, apiMessageSchema, chatMessage, mentionedIds, type Names } from './chat-message.js';

const DIRECT = 'dm';
const ANSWER_LIMIT_MS = 5_000;
/** Between two tries to listen to a sandbox that has ended or not begun. */
const RETRY_MS = 1_000;

const namesSchema = z.record(z.string(), z.string());
const messagesSchema = z.object({ messages: z.array(apiMessageSchema) });
const refusalSchema = z.object({ error: z.string(), hint: z.string().optional() });
const sightingSchema = z.object({
  kind: z.string(),
  directWith: z.string().optional(),
  message: apiMessageSchema.optional(),
});

/** What a person sees of a sighting; all others (a form, "is thinking…") are left out. */
const EVENT_KINDS: Readonly<Record<string, ChatEvent['kind']>> = {
  message: 'sent',
  edit: 'edited',
  reaction: 'edited',
  delete: 'deleted',
};

/** Talks to the local Discord in the name of the status page, by the control interface of the sandbox. */
export class SandboxChat {
  readonly #controlUrl: string;
  readonly #clock: Clock;
  #names: Names = {};

  /** @param controlUrl as `status` has it, ending in `/control`. */
  constructor(controlUrl: string, clock: Clock) {
    this.#controlUrl = controlUrl;
    this.#clock = clock;
  }

  /** What was said in a channel. @throws TuxError TUX_SANDBOX_REFUSED, TUX_SANDBOX_GONE. */
  async messages(channel: string): Promise<ChatPage> {
    const { messages } = messagesSchema.parse(await this.#get(`/messages?channel=${encodeURIComponent(channel)}`));
    this.#names = namesSchema.parse(await this.#get('/names'));
    // The sandbox shows the conversation of its owner where nobody is named.
    const directWith = channel === DIRECT ? SANDBOX_IDS.users.owner : null;
    const channels = Object.values(this.#names).filter((name) => name.startsWith('#'));
    return {
      messages: messages.map((message) => chatMessage(message, this.#names, directWith)),
      channels: [...channels.map((name) => name.slice(1)), DIRECT],
      people: Object.keys(SANDBOX_IDS.users),
    };
  }

  /** @throws TuxError as {@link messages}. */
  async say(request: { text: string; as?: string | undefined; channel?: string | undefined }): Promise<void> {
    await this.#post('/say', request);
  }

  /** @throws TuxError as {@link messages}. */
  async click({ customId, ...request }: { messageId: string; customId: string }): Promise<void> {
    await this.#post('/click', { ...request, button: customId });
  }

  /** Tells what happens from now on, until `signal` aborts. */
  async follow(onEvent: (event: ChatEvent) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#listen(onEvent, signal).catch(() => {}); // it has ended, and with it the supervisor soon will
      await this.#clock.sleep(RETRY_MS, signal).catch(() => {}); // rejects only at the end
    }
  }

  async #listen(onEvent: (event: ChatEvent) => void, signal: AbortSignal): Promise<void> {
    const response = await fetch(`${this.#controlUrl}/stream`, { signal });
    let text = '';
    for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = await this.#eventOf(block);
        if (event) onEvent(event);
      }
    }
  }

  async #eventOf(block: string): Promise<ChatEvent | null> {
    const data = block.split('\n').flatMap((line) => (line.startsWith('data:') ? [line.slice('data:'.length)] : []));
    if (data.length === 0) return null;
    const { kind, directWith, message } = sightingSchema.parse(JSON.parse(data.join('\n')));
    const shown = EVENT_KINDS[kind];
    if (!shown || !message) return null;
    await this.#learnNames(message);
    return { kind: shown, message: chatMessage(message, this.#names, directWith ?? null) };
  }

  async #learnNames(message: ApiMessage): Promise<void> {
    const isKnown = mentionedIds(message).every((id) => this.#names[id] !== undefined);
    if (!isKnown) this.#names = namesSchema.parse(await this.#get('/names'));
  }

  #get(path: string): Promise<unknown> {
    return this.#exchange(path, {});
  }

  async #post(path: string, body: unknown): Promise<void> {
    await this.#exchange(path, { method: 'POST', body: JSON.stringify(body) });
  }

  async #exchange(path: string, init: RequestInit): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(`${this.#controlUrl}${path}`, { ...init, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    } catch (cause) {
      const options = { cause, exitCode: ExitCode.UNAVAILABLE };
      throw new TuxError('TUX_SANDBOX_GONE', 'The sandbox does not answer', options);
    }
    const body: unknown = await response.json();
    if (response.ok) return body;
    const { error, hint } = refusalSchema.parse(body);
    throw new TuxError('TUX_SANDBOX_REFUSED', error, { exitCode: ExitCode.FAILURE, ...(hint && { hint }) });
  }
}
