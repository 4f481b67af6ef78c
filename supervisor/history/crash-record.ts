import { appendFile, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { FILE_MODE } from '../../shared/atomic-file.js';
import { formatCount } from '../../shared/cli/format.js';
import type { RunRecord } from '../../shared/control/run-record.js';
import { describeError } from '../../shared/errors.js';
import { type LogFolder, sizeOf } from '../logs/log-folder.js';
import { isFull } from '../logs/log-retention.js';
import { errorLines, parseLine, readableLine } from '../logs/readable-line.js';
import { describeExit } from './run-history.js';

/** As much of a report as is wanted here. */
const reportSchema = z.object({ stack: z.array(z.string()) });

/** Events of the worker's last word on an error that ends it. */
const isLastWord = ({ level, event }: Readonly<Record<string, unknown>>) =>
  level === 60 || event === 'worker:start:failed';

/**
 * Appends what is known of a crash to `crash.log`: how it ended, where the code was (of a hang from its report, of an error
 * that nobody caught from the worker's last word), and the worker's last lines. Text, for a person with `less`.
 *
 * @throws the error of a disk that does not take it.
 */
export async function appendCrashRecord(
  folder: Pick<LogFolder, 'paths' | 'limits' | 'isInCharge' | 'putAside' | 'tidy'>,
  run: RunRecord,
  lastLines: readonly string[],
): Promise<void> {
  const { crashLog } = folder.paths;
  const stack = run.reportPath === null ? stackOfLastWord(lastLines) : await stackOfReport(run.reportPath);
  const text = formatCrashRecord(run, stack, lastLines);
  const bytes = await sizeOf(crashLog);
  if (folder.isInCharge && isFull({ bytes }, Buffer.byteLength(text), folder.limits)) folder.putAside(crashLog);
  await appendFile(crashLog, text, { mode: FILE_MODE });
  void folder.tidy(); // the report of a hang is new as well
}

function formatCrashRecord(run: RunRecord, stack: readonly string[], lastLines: readonly string[]): string {
  const end = describeExit(run);
  const lines = [
    `==== ${run.endedAt} ${run.class} of run ${run.runId} (pid ${run.pid}, ${end}, up ${Math.round(run.uptimeMs)} ms)`,
    `reason: ${run.reason}`,
    ...(run.reportPath === null ? [] : [`report: ${run.reportPath}`]),
    ...(stack.length === 0 ? [] : ['stack:', ...stack.map(indent)]),
    `last ${formatCount(lastLines.length, 'line')}:`,
    ...lastLines.flatMap(readableLine).map(indent),
    '',
    '',
  ];
  return lines.join('\n');
}

async function stackOfReport(path: string): Promise<readonly string[]> {
  try {
    return reportSchema.parse(JSON.parse(await readFile(path, 'utf8'))).stack;
  } catch (error) {
    return [`(the report cannot be read: ${describeError(error)})`];
  }
}

function stackOfLastWord(lastLines: readonly string[]): readonly string[] {
  const word = lastLines
    .map(parseLine)
    .filter((entry) => entry !== null)
    .findLast(isLastWord);
  return typeof word?.err === 'object' && word.err !== null ? errorLines(word.err) : [];
}

function indent(line: string): string {
  return `  ${line}`;
}
