import { formatColumns, formatDuration, wrapText } from '../../shared/cli/format.js';
import type { RunRecord } from '../../shared/control/run-record.js';
import { describeExit } from '../history/run-history.js';

/** How far the reason stands in when it has lines of its own. */
const INDENT = '    ';
/** Where they do not all fit: ended, class, exit. */
const NARROW_COLUMNS = 3;
/** A terminal narrower than this is not worth breaking lines for. */
const MIN_WIDTH = 40;

/**
 * `tux-supervisor history` for people: one run a line, the latest last; with the reason in lines of its own where it would
 * not fit beside the rest.
 *
 * @param width of the terminal in characters; without one nothing is broken, so that each run stays one line for `grep`.
 */
export function formatHistory(runs: readonly RunRecord[], width = Number.POSITIVE_INFINITY): string {
  if (runs.length === 0) return 'No run has ended yet.';
  const heads = [['ended', 'class', 'exit', 'uptime', 'start'], ...runs.map(headOf)];
  const reasons = ['reason', ...runs.map(reasonOf)];
  const table = formatColumns(heads.map((head, index) => [...head, reasons[index] ?? '']));
  const limit = Math.max(MIN_WIDTH, width);
  if (table.split('\n').every((line) => line.length <= limit)) return table;
  const isNarrow = formatColumns(heads)
    .split('\n')
    .some((line) => line.length > limit);
  const columns = isNarrow ? heads.map((head) => head.slice(0, NARROW_COLUMNS)) : heads;
  const [heading, ...lines] = formatColumns(columns).split('\n');
  const blocks = lines.map((line, index) => {
    const rest = isNarrow ? [`up ${heads[index + 1]?.slice(NARROW_COLUMNS).join(', ')}`] : [];
    const texts = [...rest, reasons[index + 1] ?? ''].flatMap((text) => wrapText(text, limit - INDENT.length));
    return [line, ...texts.map((text) => `${INDENT}${text}`)].join('\n');
  });
  return [heading, ...blocks].join('\n');
}

function headOf(run: RunRecord): string[] {
  return [
    // Milliseconds tell people nothing; --json has them.
    run.endedAt.replace(/\.\d+Z$/, 'Z'),
    run.class,
    describeExit(run),
    formatDuration(run.uptimeMs),
    startOf(run),
  ];
}

/** Whether it went on with the gateway session of the run before; the numbers are in `--json`. */
function startOf({ readyMs, session }: RunRecord): string {
  if (readyMs === null) return 'never ready';
  return `${session?.how === 'resumed' ? 'resumed' : 'ready'} in ${formatDuration(readyMs)}`;
}

function reasonOf({ reason, reportPath }: RunRecord): string {
  return reportPath === null ? reason : `${reason} [${reportPath}]`;
}
