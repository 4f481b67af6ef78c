import type { Clock } from '../../shared/clock.js';
import type { MessageRecord } from './records.js';

/** How long Discord remembers a nonce: it says "the past few minutes". */
const NONCE_MEMORY_MS = 5 * 60_000;

/**
 * Which messages were sent with which nonce in the last minutes. It outlives the messages: Discord makes no second one either
 * when the first was deleted, or when so much was said since that the channel has forgotten it.
 */
export class NonceMemory {
  readonly #clock: Clock;
  /** By channel, author and nonce; the oldest first. */
  readonly #messages = new Map<string, { readonly id: string; readonly sentAt: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  keep({ id, channelId, authorId, nonce, createdAt }: MessageRecord): void {
    if (nonce === null) return;
    const key = keyOf(channelId, authorId, nonce);
    this.#messages.delete(key); // set anew, it comes last
    this.#messages.set(key, { id, sentAt: Date.parse(createdAt) });
    this.#forgetOld();
  }

  /** The id of the message that `authorId` sent into the channel with this nonce. */
  find(channelId: string, authorId: string, nonce: string | number): string | undefined {
    const known = this.#messages.get(keyOf(channelId, authorId, nonce));
    return known !== undefined && known.sentAt >= this.#oldest ? known.id : undefined;
  }

  get #oldest(): number {
    return this.#clock.now() - NONCE_MEMORY_MS;
  }

  #forgetOld(): void {
    const oldest = this.#oldest;
    for (const [key, { sentAt }] of this.#messages) {
      if (sentAt >= oldest) break;
      this.#messages.delete(key);
    }
  }
}

function keyOf(channelId: string, authorId: string, nonce: string | number): string {
  return `${channelId} ${authorId} ${nonce}`;
}
