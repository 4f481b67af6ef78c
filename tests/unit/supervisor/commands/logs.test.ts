import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LogsOptions, showLogs } from '../../../../supervisor/commands/logs.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-logs-'));
  path = join(folder, 'tux.log');
  vi.stubEnv('FORCE_COLOR', '');
  vi.stubEnv('NO_COLOR', '');
  vi.stubEnv('TERM', 'xterm');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const line = (n: number, level = 30) =>
  JSON.stringify({ level, time: '2026-01-01T00:00:00.000Z', name: 'worker', runId: 'RUN', msg: `line ${n}` });
const write = (count: number) => writeFileSync(path, Array.from({ length: count }, (_, n) => `${line(n)}\n`).join(''));
const options: LogsOptions = { lines: undefined, follow: false, json: true };

async function shown(given: Partial<LogsOptions> = {}, output = new PassThrough()): Promise<string[]> {
  const text: string[] = [];
  output.on('data', (chunk) => text.push(String(chunk)));
  await showLogs(path, { ...options, ...given }, output);
  output.end();
  await new Promise((done) => output.once('end', done));
  return text.join('').split('\n').slice(0, -1);
}

describe('tux-supervisor logs', () => {
  it('shows the last 50 lines unless it is told how many', async () => {
    write(60);
    expect(await shown()).toEqual(Array.from({ length: 50 }, (_, n) => line(n + 10)));
    expect(await shown({ lines: 2 })).toEqual([line(58), line(59)]);
    expect(await shown({ lines: 0 })).toEqual([]);
  });

  it('shows all lines of a run or of a time, unless it is told how many', async () => {
    write(60);
    expect(await shown({ runId: 'RUN' })).toHaveLength(60);
    expect(await shown({ since: 0 })).toHaveLength(60);
    expect(await shown({ since: 0, lines: 3 })).toHaveLength(3);
    expect(await shown({ runId: 'OTHER' })).toEqual([]);
  });

  it('shows lines for people, in colour on a terminal', async () => {
    write(1);
    expect(await shown({ json: false })).toEqual([expect.stringMatching(/^\[[\d-]+ \d\d:\d\d:\d\d\] INFO: line 0$/)]);
    const terminal = Object.assign(new PassThrough(), { isTTY: true });
    expect(await shown({ json: false }, terminal)).toEqual([expect.stringContaining('\u001b[32mINFO\u001b[39m')]);
  });

  it('ends quietly when nobody reads any more, also while it follows', async () => {
    write(3);
    let taken = 0;
    const closed = new Writable({
      write: (_chunk, _encoding, done) => {
        taken += 1;
        done(taken === 3 ? Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }) : null);
      },
    });
    await showLogs(path, { ...options, follow: true }, closed);
    expect(taken).toBe(3);
  });

  it('does not read ahead of who reads', async () => {
    write(60);
    const slow = new PassThrough({ highWaterMark: 100 });
    const showing = showLogs(path, { ...options, follow: true }, slow);
    await once(slow, 'readable');
    await sleep(20);
    expect(slow.readableLength + slow.writableLength).toBeLessThan(500);
    slow.destroy(new Error('EPIPE'));
    await showing;
  });

  it('says what is wrong when there is no log', async () => {
    await expect(shown()).rejects.toMatchObject({ code: 'TUX_NO_LOG' });
  });
});
