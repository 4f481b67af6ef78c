import type { Clock } from '../../shared/clock.js';
import { settledWithin } from '../scheduling/settle.js';

/** Nobody notices that jobs and reminders begin so much later. */
const LIMIT_MS = 250;

/** Who knows of what Discord repeats, and of what is being dealt with. */
export interface Backlog {
  readonly gateway: { whenReplayed(): Promise<void> };
  readonly dispatcher: { whenIdle(signal: AbortSignal): Promise<void> };
}

/**
 * Resolves when Discord has repeated what people said while there was no Tux, and they have been answered, or after a quarter of a
 * second: they wait for each millisecond of processor time that goes into something else. At once when nothing is repeated.
 */
export async function catchUp({ gateway, dispatcher }: Backlog, clock: Clock): Promise<void> {
  const over = new AbortController();
  const answered = gateway.whenReplayed().then(() => dispatcher.whenIdle(over.signal));
  await settledWithin(answered, LIMIT_MS, clock);
  over.abort();
}
