import { appendFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { putAside } from '../../../../supervisor/logs/aside.js';
import type { LogQuery } from '../../../../supervisor/logs/log-query.js';
import { LogReader } from '../../../../supervisor/logs/log-reader.js';

const DAY = Date.UTC(2026, 0, 1);

let folder: string;
let path: string;
let over: AbortController;
/** What has to be closed after a test. */
let opened: { close(): Promise<unknown> }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-log-reader-'));
  path = join(folder, 'tux.log');
  over = new AbortController();
  opened = [];
});
afterEach(async () => {
  over.abort();
  for (const one of opened) await one.close();
  await rm(folder, { recursive: true });
});

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => String(from + n));
const write = (lines: readonly string[]) => appendFileSync(path, lines.map((one) => `${one}\n`).join(''));
/** Lines 1 to 6 in two files aside and one that is written to. */
function writeThreeFiles(): void {
  for (const hour of [1, 2]) {
    write(numbers(hour * 2 - 1, hour * 2));
    putAside(path, DAY + hour * 3_600_000);
  }
  write(numbers(5, 6));
}
async function open(): Promise<LogReader> {
  const reader = await LogReader.open(path);
  opened.push(reader);
  return reader;
}
const last = async (count: number, query: LogQuery = {}) => (await open()).last(count, query);
const all = async (query: LogQuery = {}) => collect((await open()).all(query));
async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const collected: string[] = [];
  for await (const line of lines) collected.push(line);
  return collected;
}

describe('the last lines', () => {
  it.each([0, 1, 2, 3, 5, 6, 100])('are read over files that were put aside: %i', async (count) => {
    writeThreeFiles();
    expect(await last(count)).toEqual(numbers(1, 6).slice(Math.max(0, 6 - count)));
  });

  it.each([1, 63, 64, 65, 1_000, 70_000, 200_000])('are whole, with lines of %i bytes', async (length) => {
    const lines = 'abcdefg'.split('').map((letter) => letter.repeat(length));
    write(lines);
    expect(await last(7)).toEqual(lines);
    expect(await all()).toEqual(lines);
  });

  it('are whole where a letter lies across two pieces of the file', async () => {
    for (const shift of [0, 1, 2, 3]) {
      rmSync(path, { force: true });
      write(['x'.repeat(shift), '🐧'.repeat(40_000), 'ä'.repeat(40_000)]);
      expect(await last(2)).toEqual(['🐧'.repeat(40_000), 'ä'.repeat(40_000)]);
      expect((await all()).slice(-2)).toEqual(['🐧'.repeat(40_000), 'ä'.repeat(40_000)]);
    }
  });

  it('are those that fit, however far back', async () => {
    write(['{"level":50,"n":1}', ...Array.from({ length: 5_000 }, () => '{"level":30}')]);
    putAside(path, DAY);
    write(['{"level":40,"n":2}', '{"level":30}']);
    expect(await last(50, { minLevel: 40 })).toEqual(['{"level":50,"n":1}', '{"level":40,"n":2}']);
    expect(await all({ minLevel: 40 })).toEqual(['{"level":50,"n":1}', '{"level":40,"n":2}']);
  });

  it('have one without an end, and none that is empty', async () => {
    write(['1', '', '2']);
    appendFileSync(path, 'torn');
    expect([await last(5), await all()]).toEqual([
      ['1', '2', 'torn'],
      ['1', '2', 'torn'],
    ]);
  });

  it('are there although there is no tux.log at the moment', async () => {
    writeThreeFiles();
    rmSync(path);
    expect(await last(3)).toEqual(numbers(2, 4));
  });

  it('come once each when the file is put aside while it is read', async () => {
    writeThreeFiles();
    const log = await open();
    putAside(path, DAY + 3 * 3_600_000);
    write(['7']);
    expect(await log.last(100, {})).toEqual(numbers(1, 6));
    expect(await collect(log.all({}))).toEqual(numbers(1, 6));
  });

  it('do without a file that was deleted meanwhile', async () => {
    writeThreeFiles();
    const log = await open();
    for (const name of readdirSync(folder)) if (name !== 'tux.log') rmSync(join(folder, name));
    expect(await log.last(100, {})).toEqual(numbers(5, 6));
  });

  it('are not looked for in files in which all is too old', async () => {
    const line = (n: number, hour: number) =>
      JSON.stringify({ n, time: new Date(DAY + hour * 3_600_000).toISOString() });
    write([line(1, 0.5)]);
    putAside(path, DAY + 3_600_000);
    write([line(2, 1.5), line(3, 1.7)]);
    putAside(path, DAY + 2 * 3_600_000);
    write([line(4, 2.5)]);
    writeFileSync(join(folder, 'tux-20260101T010000000Z.log'), `${line(1, 9)}\n`); // one would see it if it were read
    const query = { since: DAY + 1.6 * 3_600_000 };
    expect(await last(100, query)).toEqual([line(3, 1.7), line(4, 2.5)]);
    expect(await all(query)).toEqual([line(3, 1.7), line(4, 2.5)]);
  });

  it('are refused with a clear word where there is no log, or only a folder', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'TUX_NO_LOG', exitCode: 1 });
    path = folder;
    await expect(last(1)).rejects.toThrow('EISDIR');
  });
});

describe('following', () => {
  /** Follows from now on. `next(n)` waits for n more lines. */
  async function follow(query: LogQuery = {}): Promise<(count: number) => Promise<string[]>> {
    const lines = (await open()).follow(query, over.signal);
    opened.push({ close: () => lines.return(undefined) });
    return async (count) => {
      const got: string[] = [];
      while (got.length < count) {
        const { value, done } = await lines.next();
        if (done) break;
        got.push(value);
      }
      return got;
    };
  }

  it('gives what comes after the last lines, and nothing of before', async () => {
    writeThreeFiles();
    const next = await follow();
    write(['7']);
    expect(await next(1)).toEqual(['7']);
    write(['8', '9']);
    expect(await next(2)).toEqual(['8', '9']);
  });

  it('gives whole lines only', async () => {
    write(['1']);
    const next = await follow();
    appendFileSync(path, 'to');
    setTimeout(() => appendFileSync(path, 'gether\n'), 20);
    expect(await next(1)).toEqual(['together']);
  });

  it('gives only lines that fit', async () => {
    write(['1']);
    const next = await follow({ minLevel: 40 });
    write(['{"level":30}', '{"level":50}']);
    expect(await next(1)).toEqual(['{"level":50}']);
  });

  it('goes on over files that are put aside, however many at once', async () => {
    writeThreeFiles();
    const next = await follow();
    write(['7']);
    for (const hour of [3, 4, 5]) {
      putAside(path, DAY + hour * 3_600_000);
      write([`after ${hour}`]);
    }
    expect(await next(4)).toEqual(['7', 'after 3', 'after 4', 'after 5']);
    putAside(path, DAY + 6 * 3_600_000);
    write(['last']);
    expect(await next(1)).toEqual(['last']); // and nothing a second time
  });

  it('misses no line of a writer that is faster than it', { timeout: 20_000 }, async () => {
    writeFileSync(path, '');
    const next = await follow();
    let n = 0;
    const writing = setInterval(() => {
      for (let burst = 0; burst < 20 && n < 2_000; burst += 1) {
        n += 1;
        write([String(n)]);
        if (n % 7 === 0) putAside(path, DAY + n);
      }
    }, 1);
    expect(await next(2_000)).toEqual(numbers(1, 2_000));
    clearInterval(writing);
  });

  it('begins with a file that was not there, and goes on when somebody deletes or empties it', async () => {
    writeThreeFiles();
    rmSync(path);
    const next = await follow();
    write(['new']);
    expect(await next(1)).toEqual(['new']);
    rmSync(path);
    write(['newer']);
    expect(await next(1)).toEqual(['newer']);
    truncateSync(path);
    setTimeout(() => write(['x']), 20);
    expect(await next(1)).toEqual(['x']);
  });

  it('ends when it is told to', async () => {
    write(['1']);
    const next = await follow();
    setTimeout(() => over.abort(), 20);
    expect(await next(1)).toEqual([]);
  });
});
