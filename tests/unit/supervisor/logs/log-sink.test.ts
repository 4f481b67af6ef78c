import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolvePaths } from '../../../../shared/paths.js';
import { REDACTED } from '../../../../shared/redact.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { LogFolder } from '../../../../supervisor/logs/log-folder.js';
import { LogSink, type LogSinkOptions } from '../../../../supervisor/logs/log-sink.js';

let folder: string;
let path: string;
let output: PassThrough;
let sink: LogSink;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-sink-'));
  path = join(folder, 'tux.log');
  output = new PassThrough();
  sink = newSink();
});
afterEach(async () => {
  sink.close();
  await rm(folder, { recursive: true });
});

function newSink(options: Partial<LogSinkOptions> = {}): LogSink {
  const logFolder = new LogFolder({
    paths: resolvePaths({ stateDir: folder, logDir: folder }),
    limits: () => ({ maxFileBytes: 100_000_000, keepMs: 1_000, totalBytes: 1_000_000_000 }),
    clock: new FakeClock(),
    onProblem: () => {},
  });
  return new LogSink({ folder: logFolder, secrets: ['correct-horse-battery'], output, pretty: null, ...options });
}

const logged = () => readFileSync(path, 'utf8');
const shown = () => String(output.read() ?? '');
const loggedJson = () =>
  logged()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('LogSink', () => {
  it('hands a line of the supervisor to the file and to the output', () => {
    sink.write('{"level":30,"msg":"hello"}\n');
    sink.write('{"level":30,"msg":"no line break"}');
    expect(logged()).toBe('{"level":30,"msg":"hello"}\n{"level":30,"msg":"no line break"}\n');
    expect(shown()).toBe(logged());
  });

  it('passes a log line of the worker through as it is', () => {
    sink.writeFromWorker('stdout', '{"level":30,"msg":"from the worker"}', 'run-1');
    expect(logged()).toBe('{"level":30,"msg":"from the worker"}\n');
  });

  it.each([
    ['stdout', 'plain words', 30],
    ['stderr', '    at main (file:///bot/main.js:1:2)', 40],
    ['stdout', '{ a: 1 }', 30],
    ['stdout', '{"level":30,"msg":"torn', 30],
    ['stdout', '"quotes" and \\ and \u0007', 30],
    ['stdout', '[1,2]', 30],
  ] as const)('makes a log line of what is none: on %s, %j', (stream, line, level) => {
    sink.writeFromWorker(stream, line, 'run-1');
    const event = `worker:${stream}`;
    expect(loggedJson()).toEqual([
      { level, time: expect.any(String), name: 'worker', runId: 'run-1', event, msg: line },
    ]);
  });

  it('leaves out empty lines', () => {
    sink.writeFromWorker('stdout', '', 'run-1');
    sink.write('{}\n');
    expect(logged()).toBe('{}\n');
  });

  it('takes secrets out of everything the worker says, wherever it ends up', () => {
    sink.writeFromWorker('stdout', '{"msg":"token correct-horse-battery"}', 'run-1');
    sink.writeFromWorker('stderr', 'connect postgres://tux:hunter2hunter2@db/tux', 'run-1');
    for (const text of [logged(), shown(), sink.lastLinesOf('run-1').join()]) {
      expect(text).not.toMatch(/correct-horse|hunter2/);
      expect(text).toContain(REDACTED);
    }
  });

  it('remembers the last 200 lines of a run, the worker’s only', () => {
    for (let n = 1; n <= 1_234; n += 1) sink.writeFromWorker('stdout', `line ${n}`, 'run-1');
    sink.write('{"msg":"of the supervisor"}\n');
    const lines = sink.lastLinesOf('run-1');
    expect(lines).toHaveLength(200);
    expect([lines[0], lines.at(-1)]).toEqual(['line 1035', 'line 1234']);
    sink.forgetRun('run-1');
    expect(sink.lastLinesOf('run-1')).toEqual([]);
  });

  it('keeps the lines of two runs apart, while one ends and the next begins', () => {
    sink.writeFromWorker('stdout', 'the new one begins', 'run-2');
    sink.writeFromWorker('stdout', 'last words', 'run-1');
    sink.forgetRun('run-1');
    expect(sink.lastLinesOf('run-2')).toEqual(['the new one begins']);
  });

  it('marks what a standby says', () => {
    sink.writeFromWorker('stdout', '{"msg":"as JSON"}', 'run-1', true);
    sink.writeFromWorker('stderr', 'plain words', 'run-1', true);
    expect(sink.recent(2).map((line) => JSON.parse(line) as object)).toMatchObject([
      { standby: true, msg: 'as JSON' },
      { standby: true, msg: 'plain words' },
    ]);
    sink.writeFromWorker('stdout', '{}', 'run-1', true); // a comma more would make it no JSON
    expect(JSON.parse(sink.recent(1)[0] ?? '')).toEqual({});
  });

  it('remembers the recent lines of everybody, as JSON', () => {
    sink.write('{"msg":"of the supervisor"}\n');
    sink.writeFromWorker('stdout', '{"msg":"of the worker"}', 'run-1');
    sink.writeFromWorker('stderr', 'plain words', 'run-1');
    sink.forgetRun('run-1');
    expect(sink.recent(10).map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      'of the supervisor',
      'of the worker',
      'plain words',
    ]);
    expect(sink.recent(1)).toEqual([expect.stringContaining('plain words')]);
    for (let n = 0; n < 600; n += 1) sink.write(`{"n":${n}}\n`);
    expect(sink.recent(1_000)).toHaveLength(500);
    expect(sink.recent(1_000).at(-1)).toBe('{"n":599}');
  });

  it('tells those who subscribe of each line, and goes on when one of them fails', () => {
    const heard: string[] = [];
    sink.subscribe(() => {
      throw new Error('a reader that is gone');
    });
    const end = sink.subscribe((line) => heard.push(line));
    sink.write('{"n":1}\n');
    sink.writeFromWorker('stdout', '{"n":2,"token":"correct-horse-battery"}', 'run-1');
    end();
    sink.write('{"n":3}\n');
    expect(heard).toEqual(['{"n":1}', `{"n":2,"token":"${REDACTED}"}`]);
    expect(loggedJson()).toHaveLength(3);
  });

  it('shows lines in the form for people and keeps JSON in the file', () => {
    const pretty = newSink({ pretty: (line) => line.toUpperCase() });
    pretty.write('{"msg":"hi"}\n');
    pretty.close();
    expect(shown()).toBe('{"MSG":"HI"}\n');
    expect(logged()).toBe('{"msg":"hi"}\n');
  });

  it('goes on with the file when the terminal is gone', () => {
    output.destroy(new Error('EIO'));
    sink.write('{"msg":"still here"}\n');
    expect(logged()).toBe('{"msg":"still here"}\n');
  });

  it('does not pile up what nobody reads: the output misses lines, the file does not', () => {
    const line = `${'x'.repeat(100_000)}\n`;
    for (let n = 0; n < 80; n += 1) sink.write(line);
    expect(output.readableLength + output.writableLength).toBeLessThan(5_000_000);
    expect(logged()).toHaveLength(80 * line.length);
  });

  it('cuts a line that is endless, and leaves no half of a secret at its end', () => {
    const secret = 'correct-horse-battery';
    const start = 'x'.repeat(256 * 1024 - 5);
    sink.writeFromWorker('stdout', `${start}${secret}${'y'.repeat(100_000)}`, 'run-1');
    const [line] = loggedJson();
    expect(line?.msg).toBe(`${start}${REDACTED.slice(0, 5)}… (${secret.length + 100_000 - 5} more characters)`);
  });

  describe('while the disk is full', () => {
    beforeEach(() => symlinkSync('/dev/full', path));

    it('goes on everywhere but in the file, and says so once', () => {
      for (const n of [1, 2, 3]) sink.writeFromWorker('stdout', `{"n":${n}}`, 'run-1');
      const lines = shown().trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
        expect.objectContaining({ event: 'log:write-failed', level: 40, msg: expect.stringContaining('ENOSPC') }),
        { n: 1 },
        { n: 2 },
        { n: 3 },
      ]);
      expect(sink.lastLinesOf('run-1')).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
      expect(sink.recent(10)).toEqual(lines);
    });

    it('counts what is lost: when there is room again, one line says it in the file and everywhere else', () => {
      for (const n of [1, 2, 3]) sink.write(`{"n":${n}}`);
      rmSync(path);
      shown();
      sink.write('{"n":4}');
      sink.write('{"n":5}');
      const lost = expect.objectContaining({ event: 'log:lines-lost', level: 40, lost: 3 });
      expect(loggedJson()).toEqual([lost, { n: 4 }, { n: 5 }]);
      expect(
        shown()
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as object),
      ).toEqual([lost, { n: 4 }, { n: 5 }]);
    });
  });
});
