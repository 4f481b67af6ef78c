import { crc32 } from 'node:zlib';

// A line is JSON, with everything that is needed to judge it in front, so that what is large is only parsed when it is used:
// {"crc":"8 digits","s":7,"of":"what","sum":"8 digits","data":…}
// `sum` is the CRC-32 of the data, `crc` that of what stands between it and the data.

/** What a line is about; every other text is the id of a guild. This one: which session the file is of. */
export const HEADER = 'header';
/** The user and the application of the bot. */
export const SELF = 'self';
/** Follows the last line of a whole snapshot; changes come after it. Without it something is missing. */
export const END_OF_WHOLE = 'end';

/** One line, with its data still to be parsed. */
export interface SnapshotLine {
  /** `header`, `self`, `end`, or a guild's id. */
  readonly of: string;
  /** The highest number of an event that is part of it. */
  readonly s: number;
  /** CRC-32 of `data`. */
  readonly sum: number;
  /** JSON; `null` for a guild that is gone. */
  readonly data: Buffer;
}

const HEAD = /^\{"crc":"([0-9a-f]{8})",("s":(\d{1,15}),"of":"(\w{1,20})","sum":"([0-9a-f]{8})","data":)/;
const MAX_HEAD_LENGTH = 128;
const NEW_LINE = 0x0a;
const BRACE = 0x7d;
const END = Buffer.from('}\n');

/** @returns the line in two or three parts, to be written one after the other. */
export function encodeLine(of: string, s: number, value: unknown): Buffer[] {
  const data = Buffer.from(JSON.stringify(value));
  const judged = `"s":${s},"of":"${of}","sum":"${hex(crc32(data))}","data":`;
  return [Buffer.from(`{"crc":"${hex(crc32(judged))}",${judged}`), data, END];
}

/** @throws Error that says what is wrong with the line, which has lost its end of line. */
export function decodeLine(line: Buffer): SnapshotLine {
  const head = HEAD.exec(line.toString('latin1', 0, MAX_HEAD_LENGTH));
  if (!head) throw new Error('not a line of a snapshot');
  const [{ length }, crc = '', judged = '', s = '', of = '', sum = ''] = head;
  if (hex(crc32(judged)) !== crc) throw new Error('the checksum of its beginning is wrong');
  if (line[line.length - 1] !== BRACE) throw new Error('it does not end as it should');
  const data = line.subarray(length, line.length - 1);
  if (hex(crc32(data)) !== sum) throw new Error('the checksum of its data is wrong');
  return { of, s: Number(s), sum: Number.parseInt(sum, 16), data };
}

/** The whole lines of a file. What follows the last end of line was cut off while it was written, and is left out. */
export function* wholeLines(content: Buffer): Generator<Buffer> {
  let start = 0;
  for (let end = content.indexOf(NEW_LINE); end !== -1; end = content.indexOf(NEW_LINE, start)) {
    yield content.subarray(start, end);
    start = end + 1;
  }
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}
