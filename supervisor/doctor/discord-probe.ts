import { z } from 'zod';
import { errnoOf } from '../../shared/errors.js';
import { packageVersion } from '../../shared/package.js';

const DISCORD = 'https://discord.com/api';
const ANSWER_LIMIT_MS = 6_000;

/** What Discord answered, or that it did not. */
export type DiscordAnswer =
  | {
      readonly status: number;
      readonly json: unknown;
      /** The Date header, in ms since the epoch; null without one. */
      readonly date: number | null;
      /** When the request was sent and when the answer came, by our own clock, in ms since the epoch. */
      readonly sentAt: number;
      readonly receivedAt: number;
    }
  | { readonly problem: string };

/** Asks Discord, or what DISCORD_API_URL names, a few questions; each once, however many checks want the answer. */
export class DiscordProbe {
  readonly hasToken: boolean;
  readonly #base: string;
  readonly #token: string | undefined;
  readonly #answers = new Map<string, Promise<DiscordAnswer>>();

  constructor({ apiUrl, token }: { apiUrl: string | undefined; token: string | undefined }) {
    // As discord.js does with the setting: it appends the version itself.
    this.#base = `${(apiUrl ?? DISCORD).replace(/\/+$/, '').replace(/\/v\d+$/, '')}/v10`;
    this.#token = token;
    this.hasToken = token !== undefined;
  }

  /** The name of whom we ask. */
  get host(): string {
    return new URL(this.#base).host;
  }

  /** @param path e.g. `/users/@me`. */
  get(path: string): Promise<DiscordAnswer> {
    const known = this.#answers.get(path) ?? this.#ask(path);
    this.#answers.set(path, known);
    return known;
  }

  async #ask(path: string): Promise<DiscordAnswer> {
    const sentAt = Date.now();
    try {
      const response = await fetch(`${this.#base}${path}`, {
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
        headers: {
          'user-agent': `DiscordBot (tux-supervisor, ${packageVersion()})`,
          ...(this.#token !== undefined && { authorization: `Bot ${this.#token}` }),
        },
      });
      const receivedAt = Date.now();
      const date = Date.parse(response.headers.get('date') ?? '');
      const json: unknown = await response.json().catch(() => null);
      return { status: response.status, json, date: Number.isNaN(date) ? null : date, sentAt, receivedAt };
    } catch (error) {
      return { problem: describeFailure(error) };
    }
  }
}

const errorSchema = z.object({ message: z.string() });

/** `401: Unauthorized`, as Discord puts it. */
export function describeAnswer({ status, json }: { status: number; json: unknown }): string {
  const parsed = errorSchema.safeParse(json);
  return parsed.success && parsed.data.message !== '' ? parsed.data.message : `HTTP ${status}`;
}

/** Never the text of an error that may quote the request: it has the token. */
function describeFailure(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${ANSWER_LIMIT_MS / 1_000} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  return errnoOf(cause) ?? errnoOf(error) ?? 'the request could not be sent';
}
