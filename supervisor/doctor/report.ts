import { formatCount, wrapText } from '../../shared/cli/format.js';
import { ExitCode } from '../../shared/exit-codes.js';
import type { CheckStatus } from './check.js';
import type { CheckReport } from './runner.js';

/** Each takes two columns, and one for the blank. */
const signs: Readonly<Record<CheckStatus, string>> = { ok: '✅', warn: '⚠️ ', fail: '❌', skipped: '– ' };
const SIGN_WIDTH = 3;

/** The check whose failure keeps Tux from starting for good. */
export const CONFIGURATION = 'configuration';

/** How wide the column of names is, so that lines can be shown before all are known. */
export function nameWidth(names: readonly string[]): number {
  return Math.max(...names.map((name) => name.length));
}

/**
 * One check for people: a line for each finding, what to do below it.
 *
 * @param nameColumn see {@link nameWidth}.
 * @param width of the terminal; what to do is never broken, so that it can be copied.
 */
export function formatReport({ name, findings }: CheckReport, nameColumn: number, width: number): string {
  const indent = ' '.repeat(SIGN_WIDTH + nameColumn + 2);
  const room = Math.max(30, width - indent.length);
  return findings
    .flatMap(({ status, summary, fix }, index) => {
      const [first = '', ...rest] = Number.isFinite(room) ? wrapText(summary, room) : [summary];
      const label = (index === 0 ? name : '').padEnd(nameColumn);
      const lines = [`${signs[status]} ${label}  ${first}`, ...rest.map((line) => `${indent}${line}`)];
      return fix === undefined ? lines : [...lines, `${indent}→ ${fix}`];
    })
    .join('\n');
}

export type Counts = Readonly<Record<CheckStatus, number>>;

/** How many findings there are of each kind. */
export function countFindings(reports: readonly CheckReport[]): Counts {
  const counts = { ok: 0, warn: 0, fail: 0, skipped: 0 };
  for (const { findings } of reports) for (const { status } of findings) counts[status] += 1;
  return counts;
}

/** `14 ok, 1 warning, 2 failures, 3 skipped` */
export function formatCounts({ ok, warn, fail, skipped }: Counts): string {
  const parts = [`${ok} ok`];
  if (warn > 0) parts.push(formatCount(warn, 'warning'));
  if (fail > 0) parts.push(formatCount(fail, 'failure'));
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return parts.join(', ');
}

/** 78 when the configuration is not valid, 1 when something else fails, 0 also with warnings. */
export function exitCodeOfReports(reports: readonly CheckReport[]): ExitCode {
  const failed = reports.filter(({ findings }) => findings.some(({ status }) => status === 'fail'));
  if (failed.some(({ name }) => name === CONFIGURATION)) return ExitCode.CONFIG;
  return failed.length === 0 ? ExitCode.OK : ExitCode.FAILURE;
}
