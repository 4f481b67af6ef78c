import { isatty } from 'node:tty';
import type { Clock } from './clock.js';

/** The same signal again within this long is the same signal: `npm start` hands on what the terminal already sent. */
const SAME_SIGNAL_MS = 1_000;

/** What a program does at each kind of signal. */
export interface SignalHandlers {
  /** First signal: stop gracefully. */
  onStop(signal: NodeJS.Signals): void;
  /** Second signal: shorten the deadline. */
  onHurry(signal: NodeJS.Signals): void;
  /** Third signal and later: kill at once. */
  onKill(signal: NodeJS.Signals): void;
  /** SIGUSR2, or SIGHUP without a terminal: read the configuration anew. */
  onReload(signal: NodeJS.Signals): void;
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Counts stop signals, taking one that arrives twice for one.
 *
 * @returns what to call for each signal that arrives.
 */
export function countSignals(
  handlers: Omit<SignalHandlers, 'onReload'>,
  clock: Clock,
): (signal: NodeJS.Signals) => void {
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
 * Handles the signals of this process, and sees to it that a write beyond a limit on file sizes (`ulimit -f`) fails as on a
 * full disk instead of killing the process. SIGHUP has two meanings: a terminal sends it when its window closes, and then it
 * stops the program; to a program without a terminal it means, as to every daemon, that the configuration has changed.
 *
 * @param isInTerminal default: whether stdin or stdout is a terminal. Looked up now: one that has closed is none any more.
 * @returns what takes the handlers away again.
 */
export function ownSignals(
  handlers: SignalHandlers,
  clock: Clock,
  isInTerminal: boolean = isatty(0) || isatty(1),
): () => void {
  const stop = countSignals(handlers, clock);
  const reload = (signal: NodeJS.Signals) => handlers.onReload(signal);
  const owned: [NodeJS.Signals, (signal: NodeJS.Signals) => void][] = [
    ...STOP_SIGNALS.map((signal): [NodeJS.Signals, typeof stop] => [signal, stop]),
    ['SIGHUP', isInTerminal ? stop : reload],
    ['SIGUSR2', reload],
    ['SIGXFSZ', ignore],
  ];
  for (const [signal, handle] of owned) process.on(signal, handle);
  return () => {
    for (const [signal, handle] of owned) process.off(signal, handle);
  };
}

/** With any handler write(2) answers EFBIG, see setrlimit(2). */
function ignore(): void {}
