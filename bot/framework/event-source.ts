import type { ClientEvents } from 'discord.js';

/** The part of the Discord client that listeners need. What a listener is called with follows from its event. */
export interface EventSource {
  on(event: keyof ClientEvents, listener: (...args: unknown[]) => void): unknown;
  off(event: keyof ClientEvents, listener: (...args: unknown[]) => void): unknown;
}
