import { type Clock, systemClock } from '../../shared/clock.js';
import { deadline } from '../../shared/deadline.js';
import { describeError, errnoOf, TuxError } from '../../shared/errors.js';
import { type Notification, notificationText } from './notification.js';
import type { Channel } from './notifier.js';

const LIMIT_MS = 5_000;

/** `MessageFlags.SuppressEmbeds`: an address in an error message needs no preview. */
const SUPPRESS_EMBEDS = 1 << 2;

/** Posts to a webhook of a Discord channel. It needs no gateway and no token: it works while the bot does not. */
export class DiscordWebhook implements Channel {
  readonly name = 'webhook';
  readonly #url: () => string | undefined;
  readonly #clock: Clock;

  /** @param url asked for each time. It is a secret: whoever has it can post. */
  constructor(url: () => string | undefined, clock: Clock = systemClock) {
    this.#url = url;
    this.#clock = clock;
  }

  isAvailable(): boolean {
    return this.#url() !== undefined;
  }

  async send(notification: Notification, signal: AbortSignal): Promise<void> {
    const url = this.#url();
    if (url === undefined) throw new TuxError('TUX_NOTIFY', 'the webhook is not configured any more');
    const body = JSON.stringify({
      content: notificationText(notification, quote),
      allowed_mentions: { parse: [] }, // the reason may quote anything
      flags: SUPPRESS_EMBEDS,
    });
    await deadline('the webhook', LIMIT_MS, (limited) => this.#post(url, body, limited), signal, this.#clock);
  }

  async #post(url: string, body: string, signal: AbortSignal): Promise<void> {
    const giveUpAt = this.#clock.monotonic() + LIMIT_MS;
    let response = await post(url, body, signal);
    if (response.status === 429) {
      const waitMs = await retryAfterMs(response);
      if (this.#clock.monotonic() + waitMs >= giveUpAt) {
        throw new TuxError('TUX_NOTIFY', `the webhook is rate limited for ${Math.ceil(waitMs / 1000)} s`);
      }
      await this.#clock.sleep(waitMs, signal);
      response = await post(url, body, signal);
    }
    await response.body?.cancel(); // frees the connection
    if (!response.ok) throw refusal(response.status);
  }
}

async function post(url: string, body: string, signal: AbortSignal): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  try {
    return await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
  } catch (error) {
    signal.throwIfAborted();
    const { cause = error } = error as Error; // "fetch failed" says nothing; its cause does
    throw new TuxError('TUX_NOTIFY', `the webhook cannot be reached (${errnoOf(cause) ?? describeError(cause)})`, {
      cause,
    });
  }
}

/** What Discord asks for, in seconds, in the body; anything else that answers 429 gets a second. */
async function retryAfterMs(response: Response): Promise<number> {
  const answer: unknown = await response.json().catch(() => null);
  const seconds = (answer as { retry_after?: unknown } | null)?.retry_after;
  return typeof seconds === 'number' && seconds >= 0 ? seconds * 1_000 : 1_000;
}

function refusal(status: number): TuxError {
  const isGone = status === 401 || status === 404;
  return new TuxError('TUX_NOTIFY', `the webhook answered ${status}`, {
    ...(isGone && { hint: 'it was deleted: make a new one in the settings of the channel, for TUX_NOTIFY_WEBHOOK' }),
  });
}

/** A code block: nothing in it is formatted. */
function quote(reason: string): string {
  return `\`\`\`\n${reason.replaceAll('`', "'")}\n\`\`\``;
}
