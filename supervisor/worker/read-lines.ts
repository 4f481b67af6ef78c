import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';

/** More than the log takes of a line. */
const MAX_LINE_LENGTH = 1024 * 1024;

/**
 * Hands on a stream line by line, without the line breaks (LF or CRLF). Of a line that is too long only the beginning is handed on, so that a
 * program that prints without an end costs no memory. (`node:readline` keeps such a line whole.)
 *
 * @param maxLength in UTF-16 units.
 * @returns when the stream has ended or broken.
 */
export async function readLines(
  stream: Readable | null | undefined,
  onLine: (line: string) => void,
  maxLength = MAX_LINE_LENGTH,
): Promise<void> {
  if (!stream) return;
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const [first = '', ...more] = chunk.split('\n');
    rest = (rest + first).slice(0, maxLength);
    for (const next of more) {
      onLine(rest.replace(/\r$/, ''));
      rest = next.slice(0, maxLength);
    }
  });
  await finished(stream, { writable: false }).catch(() => {}); // whoever wrote is gone: the same end
  if (rest !== '') onLine(rest);
}
