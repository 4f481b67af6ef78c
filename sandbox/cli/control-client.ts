import type { APIMessage } from 'discord-api-types/v10';
import { errnoOf, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import type { Sighting } from '../world/world-events.js';

/** What `POST /say` answers. */
export interface Said {
  readonly message: APIMessage;
  readonly after: number;
}

/** What `POST /slash`, `POST /suggest` and `POST /click` answer. */
export interface Interacted {
  readonly interaction: { readonly id: string };
  readonly after: number;
}

/** What `GET /messages` answers. */
export interface MessagePage {
  readonly messages: readonly APIMessage[];
  readonly after: number;
}

/** Talks to the control interface of a running sandbox. */
export class ControlClient {
  readonly #url: string;

  /** @param url as the sandbox gives it, ending in `/control`. */
  constructor(url: string) {
    this.#url = url;
  }

  /** @throws TuxError TUX_SANDBOX_REFUSED with what the sandbox says, TUX_SANDBOX_GONE when nobody answers. */
  get<T>(path: string): Promise<T> {
    return this.#request(path, {});
  }

  /** @throws TuxError as {@link get}. */
  post<T>(path: string, body: unknown): Promise<T> {
    return this.#request(path, { method: 'POST', body: JSON.stringify(body) });
  }

  /** What people see from the moment `after` on, until `signal` aborts or the sandbox ends; then it ends without an error. */
  async *watch(after: number, signal: AbortSignal): AsyncGenerator<Sighting> {
    let isOpen = false;
    try {
      const response = await this.#fetch(`/stream?after=${after}`, { signal });
      isOpen = true;
      let text = '';
      for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const events = text.split('\n\n');
        text = events.pop() ?? '';
        for (const event of events) yield* sightingOf(event);
      }
    } catch (error) {
      // Node's fetch says "terminated" when the other side of an open stream is gone.
      const isGone = isOpen && error instanceof TypeError && error.message === 'terminated';
      if (!signal.aborted && !isGone) throw error;
    }
  }

  async #request<T>(path: string, init: RequestInit): Promise<T> {
    const response = await this.#fetch(path, init);
    const body = (await response.json()) as T & { error?: string; hint?: string };
    if (response.ok) return body;
    throw new TuxError('TUX_SANDBOX_REFUSED', body.error ?? `The sandbox answered ${response.status}`, {
      exitCode: ExitCode.FAILURE,
      ...(body.hint !== undefined && { hint: body.hint }),
    });
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.#url}${path}`, init);
    } catch (cause) {
      init.signal?.throwIfAborted();
      const reason = errnoOf((cause as Error).cause) ?? String(cause);
      throw new TuxError('TUX_SANDBOX_GONE', `No sandbox answers at ${this.#url} (${reason})`, {
        cause,
        exitCode: ExitCode.UNAVAILABLE,
        hint: 'start one with `tux-supervisor start --sandbox`',
      });
    }
  }
}

/** The `data:` of one server-sent event. */
function* sightingOf(event: string): Generator<Sighting> {
  const data = event
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length));
  if (data.length > 0) yield JSON.parse(data.join('\n')) as Sighting;
}
