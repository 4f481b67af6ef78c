import { TextDecoder } from 'node:util';
import { z } from 'zod';

/** One line of a journal: a record and its place in the order of all records ever written. */
export interface JournalEntry<R> {
  /** Grows by one per record and never starts again, not even after compaction. */
  readonly seq: number;
  readonly record: R;
}

/** What the bytes of a journal hold, see {@link scanJournal}. */
export interface JournalScan<R> {
  readonly entries: readonly JournalEntry<R>[];
  /** Whole lines that are not entries. */
  readonly badLines: number;
  /** Length of the whole lines; what follows is a line that a crash tore, never acknowledged. */
  readonly wholeBytes: number;
  /** Highest format version met. */
  readonly version: number;
}

const NEWLINE = 0x0a;
const entrySchema = z.object({ v: z.number().int().positive(), seq: z.number().int().positive(), record: z.unknown() });

/** The line of a record that is JSON already. Every line carries the version, so that none depends on another one. */
export function encodeEntry(version: number, seq: number, json: string): string {
  return `{"v":${version},"seq":${seq},"record":${json}}\n`;
}

/**
 * Reads the bytes of a journal. Never throws: a line that is not UTF-8, not JSON, not an entry or whose record does not
 * fit `schema` is counted and skipped, and the lines after it still count.
 */
export function scanJournal<R>(content: Buffer, schema: z.ZodType<R>): JournalScan<R> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const entries: JournalEntry<R>[] = [];
  let badLines = 0;
  let version = 0;
  let start = 0;
  for (let end = content.indexOf(NEWLINE); end !== -1; end = content.indexOf(NEWLINE, start)) {
    const line = parseLine(decoder, content.subarray(start, end));
    const record = schema.safeParse(line?.record);
    if (line !== undefined) version = Math.max(version, line.v);
    if (line !== undefined && record.success) entries.push({ seq: line.seq, record: record.data });
    else badLines += 1;
    start = end + 1;
  }
  return { entries, badLines, wholeBytes: start, version };
}

function parseLine(decoder: TextDecoder, bytes: Buffer): z.infer<typeof entrySchema> | undefined {
  try {
    return entrySchema.parse(JSON.parse(decoder.decode(bytes)));
  } catch {
    return undefined;
  }
}
