import type { Clock } from '../clock.js';
import { deadline } from '../deadline.js';
import type { Fallback } from './service.js';

export interface ResourceOptions {
  /** For messages: `database`. */
  readonly name: string;
  readonly part: Fallback;
  readonly initializeTimeoutMs: number;
  readonly cleanupTimeoutMs: number;
  readonly clock: Clock;
  /** Told how each release went, late ones included; `error` is absent when it went well. */
  readonly onReleased: (durationMs: number, error?: unknown) => void;
}

/**
 * An initialize/cleanup pair held to its time limits: a service, or its fallback.
 *
 * The difficulty is an `initialize` that ignores its signal. Nobody can stop it, so it is left behind ("unsettled"); when
 * it succeeds after all, what it acquired is released at once. Until it settles there is no other try, because two
 * initializes of one service at the same time would fight over the same fields.
 */
export class Resource {
  readonly #options: ResourceOptions;
  #isUp = false;
  /** Settles when a left-behind initialize gave in, or was cleaned up. */
  #unsettled: Promise<void> | undefined;

  constructor(options: ResourceOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** An initialize was called off and still goes on. */
  get isUnsettled(): boolean {
    return this.#unsettled !== undefined;
  }

  /**
   * One try. After a timeout it waits as long as a cleanup may take for the initialize to give in; after an abort it does
   * not wait at all, {@link release} does.
   *
   * @throws what initialize threw; a DeadlineError; the reason of `signal`.
   */
  async acquire(signal: AbortSignal): Promise<void> {
    const { name, initializeTimeoutMs, clock } = this.#options;
    try {
      await deadline(`${name}.initialize`, initializeTimeoutMs, (limited) => this.#begin(limited), signal, clock);
    } catch (error) {
      if (this.#isUp) return; // it succeeded in the very moment in which it was called off
      if (!signal.aborted) await this.#settle(signal).catch(() => {});
      throw error;
    }
  }

  /**
   * Releases whatever there is; does nothing when there is nothing.
   *
   * @throws what cleanup threw; a DeadlineError when it, or an initialize that was called off, overran.
   */
  async release(): Promise<void> {
    const startedAt = this.#options.clock.monotonic();
    try {
      await this.#settle();
    } catch (error) {
      if (this.isUnsettled) this.#options.onReleased(this.#options.clock.monotonic() - startedAt, error);
      throw error;
    }
    if (!this.#isUp) return;
    this.#isUp = false;
    await this.#cleanUp();
  }

  #begin(limited: AbortSignal): Promise<void> {
    const settled = this.#initialize(limited).finally(() => {
      this.#unsettled = undefined;
    });
    this.#unsettled = settled;
    return settled;
  }

  /** By the time initialize ends, the signal tells whether anybody still wants its result. */
  async #initialize(limited: AbortSignal): Promise<void> {
    try {
      await this.#options.part.initialize(limited);
    } catch (error) {
      if (limited.aborted) return; // it gave in, as it was asked to
      throw error;
    }
    if (limited.aborted) await this.#cleanUp();
    else this.#isUp = true;
  }

  async #settle(signal?: AbortSignal): Promise<void> {
    const unsettled = this.#unsettled;
    if (unsettled === undefined) return;
    const { name, cleanupTimeoutMs, clock } = this.#options;
    await deadline(`${name}.initialize (called off)`, cleanupTimeoutMs, () => unsettled, signal, clock);
  }

  async #cleanUp(): Promise<void> {
    const { name, part, cleanupTimeoutMs, clock, onReleased } = this.#options;
    const startedAt = clock.monotonic();
    try {
      await deadline(`${name}.cleanup`, cleanupTimeoutMs, (limited) => part.cleanup?.(limited), undefined, clock);
    } catch (error) {
      onReleased(clock.monotonic() - startedAt, error);
      throw error;
    }
    onReleased(clock.monotonic() - startedAt);
  }
}
