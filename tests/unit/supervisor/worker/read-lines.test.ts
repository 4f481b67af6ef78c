import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readLines } from '../../../../supervisor/worker/read-lines.js';

/** The lines that are read from these chunks. */
async function linesOf(chunks: readonly (string | Buffer)[], maxLength?: number): Promise<string[]> {
  const stream = new PassThrough();
  const lines: string[] = [];
  const done = readLines(stream, (line) => lines.push(line), maxLength);
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await done;
  return lines;
}

describe('lines of a stream', () => {
  it.each<[string, (string | Buffer)[], string[]]>([
    ['come one by one', ['one\ntwo\n'], ['one', 'two']],
    ['may come in pieces', ['o', 'ne\nt', 'wo', '\n'], ['one', 'two']],
    ['may be empty', ['\n\none\n'], ['', '', 'one']],
    ['may end with CRLF', ['one\r\ntwo\r\n'], ['one', 'two']],
    ['need no line break at the end', ['one\ntwo'], ['one', 'two']],
    ['may be cut in the middle of a character', [Buffer.from([0xc3]), Buffer.from([0xa4, 0x0a])], ['ä']],
    ['are none where there is nothing', [], []],
  ])('%s', async (_, chunks, expected) => {
    expect(await linesOf(chunks)).toEqual(expected);
  });

  it('that are too long lose their end and cost the next one nothing', async () => {
    expect(await linesOf(['0123456789', '0123456789', 'abc\nnext\nabcdefgh', 'ijklm\n'], 8)).toEqual([
      '01234567',
      'next',
      'abcdefgh',
    ]);
  });

  it('are over when the stream breaks', async () => {
    const stream = new PassThrough();
    const lines: string[] = [];
    const done = readLines(stream, (line) => lines.push(line));
    stream.write('last words');
    await new Promise(setImmediate);
    stream.destroy(new Error('broken'));
    await done;
    expect(lines).toEqual(['last words']);
  });
});
