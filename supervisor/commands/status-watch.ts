import { formatCount, formatDuration, wrapText } from '../../shared/cli/format.js';
import type { Clock } from '../../shared/clock.js';
import type { Status } from '../../shared/control/status.js';
import { describeError, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { isoTime } from '../../shared/iso-time.js';
import { formatStatus } from './status.js';

const INTERVAL_MS = 1_000;

/** Where the status is shown. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
  /** Shows these lines in place of what was there. */
  show(lines: readonly string[]): void;
}

export interface WatchOptions {
  /** Asks the supervisor; rejects when none answers. */
  readonly ask: (signal: AbortSignal) => Promise<Status>;
  readonly screen: Screen;
  readonly clock: Clock;
}

/** What is known at one moment. */
interface View {
  /** The last answer, and when it came (milliseconds since the epoch); null before the first. */
  readonly last: { readonly status: Status; readonly at: number } | null;
  /** Why there is no newer one; null while the supervisor answers. */
  readonly problem: string | null;
}

/** `tux-supervisor status --watch`: shows the status anew every second until `signal` aborts, and waits for a supervisor that is gone. */
export async function watchStatus({ ask, screen, clock }: WatchOptions, signal: AbortSignal): Promise<void> {
  let view: View = { last: null, problem: null };
  while (!signal.aborted) {
    try {
      view = { last: { status: await ask(signal), at: clock.now() }, problem: null };
    } catch (error) {
      view = { last: view.last, problem: describeError(error) };
    }
    if (signal.aborted) return;
    screen.show(frame(view, clock.now(), screen));
    await clock.sleep(INTERVAL_MS, signal).catch(() => {}); // rejects only at the end
  }
}

/** One picture, no higher than the screen. Pure. */
function frame({ last, problem }: View, now: number, { columns, rows, color }: Screen): string[] {
  const paint = (text: string, code: string) => (color ? `\x1b[${code}m${text}\x1b[0m` : text);
  const body: string[] = [];
  if (problem !== null) {
    const seen = last ? `, last seen ${formatDuration(Math.max(0, now - last.at))} ago` : '';
    body.push(paint(`Waiting for tux-supervisor${seen}`, '31'), ...wrapText(problem, columns), '');
    if (last) body.push(paint('What it said then:', '2'));
  }
  if (last) {
    const isPresent = problem === null;
    const layout = { width: columns, color: color && isPresent };
    body.push(...formatStatus(last.status, isPresent ? now : last.at, layout).split('\n'));
  }
  const shown = body.slice(0, Math.max(0, rows - 2));
  const hidden = body.length - shown.length;
  const more = hidden > 0 ? paint(`… ${formatCount(hidden, 'more line')}`, '2') : '';
  const foot = paint(`${isoTime(now).slice(11, 19)} UTC, every second; q ends`, '2');
  return [...shown, more, foot];
}

/** @throws TuxError TUX_NO_TERMINAL (exit 64). */
export function assertTerminal(isTerminal: boolean): void {
  if (isTerminal) return;
  throw new TuxError('TUX_NO_TERMINAL', '--watch draws on a terminal, and this is none', {
    exitCode: ExitCode.USAGE,
    hint: 'for a program, ask again and again: tux-supervisor status --json',
  });
}
