import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../shared/clock.js';
import { loginNeeded } from './access-policy.js';
import { type Answer, failureAnswer } from './answer.js';
import { WrongTries } from './wrong-tries.js';

/** What a wrong token costs in time. */
const WRONG_DELAY_MS = 300;
const SESSION_MS = 12 * 60 * 60 * 1000;
/** Browsers that are logged in at a time; one more logs the oldest out. */
const MAX_SESSIONS = 100;

export interface LoginOptions {
  /** TUX_HTTP_TOKEN; read at each use, it may change. */
  readonly token: () => string | undefined;
  /** Cookies know nothing of ports: two supervisors of one machine need two names. */
  readonly cookieName: () => string;
  readonly clock: Clock;
}

interface Session {
  /** Of the token that it was opened with: with another token it is over. */
  readonly tokenHash: Buffer;
  /** Monotonic. */
  readonly expiresAt: number;
}

/**
 * Who knows the token: it is sent with each request as `Authorization: Bearer TOKEN`, or once by {@link open}, after which a cookie
 * stands for it, since a browser's EventSource cannot send headers.
 */
export class Login {
  readonly #options: LoginOptions;
  readonly #wrongTries: WrongTries;
  readonly #sessions = new Map<string, Session>();

  constructor(options: LoginOptions) {
    this.#options = options;
    this.#wrongTries = new WrongTries(options.clock);
  }

  /** Whether a request is of somebody who is logged in. @returns the answer for one with a wrong token. */
  async identify({ authorization, cookie }: IncomingHttpHeaders, from: string): Promise<boolean | Answer> {
    if (this.#options.token() === undefined) return false;
    if (authorization === undefined) return this.#isOpen(this.#cookieIn(cookie));
    const [, given = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    return (await this.#check(given, from)) ?? true;
  }

  /** @returns the value of `Set-Cookie`, or the answer for a wrong token. */
  async open(token: string, from: string): Promise<string | Answer> {
    const problem = await this.#check(token, from);
    if (problem) return problem;
    const id = randomBytes(32).toString('base64url');
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    this.#sessions.set(id, { tokenHash: hash(token), expiresAt: this.#options.clock.monotonic() + SESSION_MS });
    return this.#setCookie(id, SESSION_MS / 1_000);
  }

  /** @returns the value of `Set-Cookie` that takes the cookie away. */
  close({ cookie }: IncomingHttpHeaders): string {
    this.#sessions.delete(this.#cookieIn(cookie) ?? '');
    return this.#setCookie('', 0);
  }

  async #check(given: string, from: string): Promise<Answer | null> {
    const { clock, token } = this.#options;
    const waitMs = this.#wrongTries.waitMs(from);
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1_000);
      const message = `Too many wrong tokens; try again in ${seconds} s`;
      return failureAnswer(429, 'TUX_HTTP_TRIES', message, { 'retry-after': String(seconds) });
    }
    const expected = token();
    // Hashes have one length, so that the comparison takes as long for every token.
    if (expected !== undefined && timingSafeEqual(hash(given), hash(expected))) return null;
    this.#wrongTries.note(from);
    await clock.sleep(WRONG_DELAY_MS);
    return loginNeeded('The token is wrong');
  }

  #isOpen(id: string | undefined): boolean {
    const session = this.#sessions.get(id ?? '');
    const token = this.#options.token();
    if (id === undefined || !session || token === undefined) return false;
    const isValid = session.expiresAt > this.#options.clock.monotonic() && session.tokenHash.equals(hash(token));
    if (!isValid) this.#sessions.delete(id);
    return isValid;
  }

  #cookieIn(header: string | undefined): string | undefined {
    const prefix = `${this.#options.cookieName()}=`;
    const cookies = (header ?? '').split(';').map((each) => each.trim());
    return cookies.find((each) => each.startsWith(prefix))?.slice(prefix.length);
  }

  #setCookie(value: string, maxAgeSeconds: number): string {
    return `${this.#options.cookieName()}=${value}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${maxAgeSeconds}`;
  }
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
