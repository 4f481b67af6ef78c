import { appendFile } from 'node:fs/promises';
import { FILE_MODE } from '../shared/atomic-file.js';
import { describeExit, type RunRecord } from './run-history.js';

/**
 * Appends what is known of a crash to `crash.log`: how it ended, the report of a hang, and the worker's last lines. Text,
 * for a person with `less`.
 */
export async function appendCrashRecord(path: string, run: RunRecord, lastLines: readonly string[]): Promise<void> {
  const end = describeExit(run);
  const head = [
    `==== ${run.endedAt} ${run.class} of run ${run.runId} (pid ${run.pid}, ${end}, up ${Math.round(run.uptimeMs)} ms)`,
    `reason: ${run.reason}`,
    ...(run.reportPath === null ? [] : [`report: ${run.reportPath}`]),
    `last ${lastLines.length} lines:`,
  ];
  const text = [...head, ...lastLines.map((line) => `  ${line}`), ''].join('\n');
  await appendFile(path, `${text}\n`, { mode: FILE_MODE });
}
