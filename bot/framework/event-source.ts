import type { ClientEvents } from 'discord.js';

/**
 * Who listens: the dispatcher of commands, or anybody else. An event that Discord repeats after a restart is told again to
 * those only who had not done with it.
 */
export type ListenerGroup = 'commands' | 'listeners';

/**
 * Called with the arguments that follow from the event. A promise says how long the work takes: until it settles, and with it
 * all that the event set off is durable, the event counts as open, and a worker that takes over is told of it again.
 */
export type EventListener = (...args: unknown[]) => unknown;

/** The part of the Discord client that listeners need. */
export interface EventSource {
  /** @param group default: `listeners`. */
  on(event: keyof ClientEvents, listener: EventListener, group?: ListenerGroup): unknown;
  off(event: keyof ClientEvents, listener: EventListener): unknown;
}
