import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errnoOf } from '../../shared/errors.js';
import { LogPipe } from '../../shared/logging/log-pipe.js';

/** A pipe of Linux holds 64 KiB unless somebody asked for another size. */
const PIPE_BYTES = 65_536;

let folder: string;
let file: string;
let reader: number | null;
let writer: number;

// A named pipe is a real pipe whose two ends a test can open, read and close one by one. Both ends do not block.
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-log-pipe-'));
  file = join(folder, 'logs', 'tux.log');
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  writer = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
});
afterEach(async () => {
  closeReader();
  closeSync(writer);
  await rm(folder, { recursive: true });
});

function closeReader(): void {
  if (reader !== null) closeSync(reader);
  reader = null;
}

/** What is in the pipe. */
function readAll(): string {
  if (reader === null) throw new Error('the reader is gone');
  const chunks: Buffer[] = [];
  const chunk = Buffer.alloc(PIPE_BYTES);
  for (;;) {
    try {
      const bytes = readSync(reader, chunk);
      if (bytes === 0) break;
      chunks.push(Buffer.from(chunk.subarray(0, bytes)));
    } catch (error) {
      if (errnoOf(error) === 'EAGAIN') break;
      throw error;
    }
  }
  return Buffer.concat(chunks).toString();
}

const line = (number: number, length = 1_000) => `${String(number).padStart(5, '0')} ${'x'.repeat(length - 7)}\n`;
const numbersIn = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((one) => Number(one.slice(0, 5)));
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** What the reader gets while the pipe is emptied. */
async function readUntilFlushed(pipe: LogPipe): Promise<string> {
  let read = '';
  let isDone = false;
  const flushed = pipe.flush().finally(() => {
    isDone = true;
  });
  while (!isDone) {
    read += readAll();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await flushed;
  return read + readAll();
}

describe('LogPipe with a reader', () => {
  it('hands on lines in order', async () => {
    const pipe = new LogPipe(writer, file);
    for (const number of range(1, 50)) pipe.write(line(number));
    await pipe.flush();
    expect(numbersIn(readAll())).toEqual(range(1, 50));
    expect(pipe.dropped).toBe(0);
  });

  it('that is slow waits for it and loses nothing', async () => {
    const pipe = new LogPipe(writer, file);
    for (const number of range(1, 500)) pipe.write(line(number));
    const read = await readUntilFlushed(pipe);
    expect(numbersIn(read)).toEqual(range(1, 500));
  });

  it('that has stopped reading costs 4 MiB and no more: later lines are dropped and counted', () => {
    const pipe = new LogPipe(writer, file);
    for (const number of range(1, 5_000)) pipe.write(line(number));
    expect(pipe.dropped).toBe(5_000 - Math.floor((4 * 1024 * 1024) / 1_000));
    closeReader(); // so that what is left goes to the file and not on for ever
    return pipe.flush();
  });

  it('that reads again is told how many lines are missing, where they are', async () => {
    const pipe = new LogPipe(writer, null, (lost) => `${lost} lost\n`);
    const kept = Math.floor((4 * 1024 * 1024) / 1_000);
    for (const number of range(1, 4_500)) pipe.write(line(number));
    const read = await readUntilFlushed(pipe);
    pipe.write(line(9_998));
    pipe.write(line(9_999));
    await pipe.flush();
    const lines = (read + readAll()).trimEnd().split('\n');
    expect(lines).toHaveLength(kept + 3);
    expect(lines.slice(kept).map((one) => one.slice(0, 8))).toEqual([`${4_500 - kept} lost`, '09998 xx', '09999 xx']);
    expect(pipe.dropped).toBe(0);
  });
});

describe('LogPipe without a reader any more', () => {
  it('writes to the file instead, what was not read first', async () => {
    const pipe = new LogPipe(writer, file);
    for (const number of range(1, 200)) pipe.write(line(number));
    closeReader();
    pipe.write('last words\n');
    await pipe.flush();
    const written = readFileSync(file, 'utf8');
    expect(written.endsWith('last words\n')).toBe(true);
    const numbers = numbersIn(written.replace('last words\n', ''));
    expect(numbers).toEqual(range(numbers[0] ?? 0, 200)); // the pipe had taken those before
    expect((numbers[0] ?? 0) * 1_000).toBeLessThanOrEqual(PIPE_BYTES + 1_000);
    pipe.close();
  });

  it('appends to what the supervisor has written', async () => {
    const first = new LogPipe(writer, file);
    closeReader();
    first.write('one\n');
    await first.flush();
    first.close();
    const second = new LogPipe(writer, file);
    second.write('two\n');
    await second.flush();
    second.close();
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n');
  });

  it('goes on in the file as soon as it is told so, with a whole line, though the pipe is still open', async () => {
    const pipe = new LogPipe(writer, file);
    for (const number of range(1, 100)) pipe.write(line(number));
    await new Promise((resolve) => setTimeout(resolve, 50)); // the pipe is full now, in the middle of a line
    pipe.noteReaderGone();
    await pipe.flush();
    const numbers = numbersIn(readFileSync(file, 'utf8'));
    expect(numbers).toEqual(range(numbers[0] ?? 0, 100));
    expect(numbers.length).toBeGreaterThan(30);
    pipe.close();
  });

  it('loses lines, but neither throws nor hangs, when there is no file to turn to', async () => {
    for (const fallback of [null, '/dev/null/not/a/folder/tux.log']) {
      const pipe = new LogPipe(writer, fallback);
      closeReader();
      pipe.write('lost\n');
      await pipe.flush();
      pipe.write('lost\n');
      pipe.flushSync();
    }
  });

  it('does not throw when the disk is full, too', async () => {
    const pipe = new LogPipe(writer, '/dev/full');
    closeReader();
    pipe.write('lost\n');
    await pipe.flush();
    pipe.close();
  });
});

describe('the last words of a process about to die', () => {
  it('go into the pipe at once', () => {
    const pipe = new LogPipe(writer, file);
    for (const number of range(1, 20)) pipe.write(line(number));
    pipe.flushSync();
    expect(numbersIn(readAll())).toEqual(expect.arrayContaining(range(1, 20)));
  });

  it('go to the file when nobody reads, none lost', () => {
    const pipe = new LogPipe(writer, file);
    closeReader();
    for (const number of range(1, 20)) pipe.write(line(number));
    pipe.flushSync();
    expect(numbersIn(readFileSync(file, 'utf8'))).toEqual(range(1, 20));
    pipe.close();
  });

  it('go to the file from the line on that the pipe could not take whole', () => {
    const pipe = new LogPipe(writer, file);
    for (const number of range(1, 100)) pipe.write(line(number));
    pipe.flushSync();
    const inFile = numbersIn(readFileSync(file, 'utf8'));
    const wholeInPipe = numbersIn(readAll().replace(/[^\n]*$/, ''));
    expect(wholeInPipe.length).toBeGreaterThan(0);
    // The write that was under way may still land behind the torn line and make it look whole: told twice, then, but
    // never not at all.
    const first = inFile[0] ?? Number.NaN;
    expect(first).toBeLessThanOrEqual(Math.max(...wholeInPipe) + 1);
    expect(inFile).toEqual(range(first, 100));
    pipe.close();
  });

  it('are nothing where nothing is left', () => {
    const pipe = new LogPipe(writer, file);
    pipe.flushSync();
    expect(readAll()).toBe('');
  });
});
