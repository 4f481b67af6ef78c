import { describeError } from '../../shared/errors.js';
import type { Notification } from './notification.js';

/** A way to reach the operator. */
export interface Channel {
  readonly name: string;
  /** It is configured. Asked each time: a reload may change it. */
  isAvailable(): boolean;
  /**
   * Delivers, within a limit of its own.
   *
   * @throws TuxError with what went wrong; the reason of `signal` when that aborts first.
   */
  send(notification: Notification, signal: AbortSignal): Promise<void>;
}

/** A channel that did not work, and why. */
export interface ChannelFailure {
  readonly channel: string;
  readonly reason: string;
}

/** How a notification fared. `failures` has the channels that were tried in vain, in their order. */
export type NotificationResult =
  | { readonly delivered: true; readonly channel: string; readonly failures: readonly ChannelFailure[] }
  | {
      readonly delivered: false;
      readonly error: 'All notification channels failed';
      readonly failures: readonly ChannelFailure[];
    };

/**
 * Tells the operator through the first channel that works: the others are there for when it does not. Every channel is
 * optional. One that is configured must be well-formed, which is checked with all settings at the start (exit 78); whether
 * it can be reached is never a reason for the supervisor to do anything but say so.
 */
export class Notifier {
  readonly #channels: readonly Channel[];

  /** @param channels in the order in which they are tried. */
  constructor(channels: readonly Channel[]) {
    this.#channels = channels;
  }

  /** The names of the channels that are configured, in their order. */
  get availableChannels(): string[] {
    return this.#channels.filter((channel) => channel.isAvailable()).map(({ name }) => name);
  }

  /** Never rejects: what fails is in the result. Once `signal` has aborted, no further channel is tried. */
  async send(notification: Notification, signal: AbortSignal): Promise<NotificationResult> {
    const failures: ChannelFailure[] = [];
    for (const channel of this.#channels) {
      if (!channel.isAvailable() || signal.aborted) continue;
      try {
        await channel.send(notification, signal);
        return { delivered: true, channel: channel.name, failures };
      } catch (error) {
        failures.push({ channel: channel.name, reason: describeError(error) });
      }
    }
    return { delivered: false, error: 'All notification channels failed', failures };
  }
}
