import type { Clock } from './clock.js';

/** The same signal again within this long is the same signal: `npm start` hands on what the terminal already sent. */
const SAME_SIGNAL_MS = 1_000;

export interface SignalHandlers {
  /** First signal: stop gracefully. */
  onStop(signal: NodeJS.Signals): void;
  /** Second signal: shorten the deadline. */
  onHurry(signal: NodeJS.Signals): void;
  /** Third signal and later: kill at once. */
  onKill(signal: NodeJS.Signals): void;
}

/** Signals that stop the program. SIGHUP is what a terminal sends when its window closes. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Counts stop signals, taking one that arrives twice for one.
 *
 * @returns what to call for each signal that arrives.
 */
export function countSignals(handlers: SignalHandlers, clock: Clock): (signal: NodeJS.Signals) => void {
  const lastAt = new Map<NodeJS.Signals, number>();
  let count = 0;
  return (signal) => {
    const now = clock.monotonic();
    const isEcho = now - (lastAt.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_SIGNAL_MS;
    if (isEcho) return; // counted from the first one: who keeps pressing Ctrl-C does mean it
    lastAt.set(signal, now);
    count += 1;
    if (count === 1) handlers.onStop(signal);
    else if (count === 2) handlers.onHurry(signal);
    else handlers.onKill(signal);
  };
}

/**
 * Handles the stop signals of this process, and sees to it that a write beyond a limit on file sizes (`ulimit -f`) fails as
 * on a full disk instead of killing the process. Returns what takes the handlers away again.
 */
export function ownSignals(handlers: SignalHandlers, clock: Clock): () => void {
  const handle = countSignals(handlers, clock);
  for (const signal of STOP_SIGNALS) process.on(signal, handle);
  process.on('SIGXFSZ', ignore);
  return () => {
    for (const signal of STOP_SIGNALS) process.off(signal, handle);
    process.off('SIGXFSZ', ignore);
  };
}

/** With any handler write(2) answers EFBIG, see setrlimit(2). */
function ignore(): void {}
