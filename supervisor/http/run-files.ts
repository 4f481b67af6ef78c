import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { createInterface } from 'node:readline';
import type { RunRecord } from '../../shared/control/run-record.js';
import { errnoOf } from '../../shared/errors.js';
import type { Paths } from '../../shared/paths.js';
import { listAside } from '../logs/aside.js';

/** A page cannot show more anyway. */
const MAX_BYTES = 1024 * 1024;

/** The first line of a record, as `crash-record` writes it; what the worker said stands in by two blanks below it. */
const RECORD = /^==== \S+ \S+ of run (\S+) /;

/**
 * The report of a hang; null when there is none, or not any more. Where it is comes from the history, and it is read only
 * from the folder of reports all the same: the history is a file that people can write.
 */
export async function readReport(
  { reportPath }: RunRecord,
  { reportsDir }: Pick<Paths, 'reportsDir'>,
): Promise<string | null> {
  if (reportPath === null || !resolve(reportPath).startsWith(resolve(reportsDir) + sep)) return null;
  try {
    const file = await open(reportPath);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** What `crash.log`, or one that was put aside, says of a run; null when it says nothing. */
export async function readCrashRecord(runId: string, { crashLog }: Pick<Paths, 'crashLog'>): Promise<string | null> {
  const older = (await listAside(crashLog)).map(({ path }) => path).reverse();
  for (const path of [crashLog, ...older]) {
    const record = await findRecord(path, runId);
    if (record !== null) return record;
  }
  return null;
}

async function findRecord(path: string, runId: string): Promise<string | null> {
  const input = createReadStream(path, 'utf8');
  const found: string[] = [];
  let length = 0;
  try {
    let isIn = false;
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const [, of] = RECORD.exec(line) ?? [];
      if (of !== undefined) {
        if (isIn) break;
        isIn = of === runId;
      }
      if (!isIn || length >= MAX_BYTES) continue;
      found.push(line);
      length += line.length;
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  } finally {
    input.destroy();
  }
  return found.length === 0 ? null : `${found.join('\n').trimEnd()}\n`;
}
