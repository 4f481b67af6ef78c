import type { ServerResponse } from 'node:http';

/** What a client may leave unread: with more it is too slow, and would cost memory without end. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/** One event as it goes over the wire. */
export function eventText(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Somebody who listens to server-sent events. */
export class EventClient {
  readonly #response: ServerResponse;

  /** @param onGone called once, when they have left or were cut off. */
  constructor(response: ServerResponse, onGone: (client: EventClient) => void) {
    this.#response = response;
    response.once('close', () => onGone(this));
    response.flushHeaders();
  }

  /** @param text as {@link eventText} makes it, or a comment. */
  send(text: string): void {
    if (this.#response.destroyed) return;
    if (this.#response.writableLength > MAX_UNREAD_BYTES) this.#response.destroy();
    else this.#response.write(text);
  }

  end(): void {
    this.#response.end();
  }
}
