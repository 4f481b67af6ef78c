import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REDACTED } from '../../../shared/redact.js';
import { LogSink, type LogSinkOptions } from '../../../supervisor/log-sink.js';

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
  return new LogSink({ path, secrets: ['correct-horse-battery'], output, pretty: null, ...options });
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
    for (const text of [logged(), shown(), sink.lastLines.join()]) {
      expect(text).not.toMatch(/correct-horse|hunter2/);
      expect(text).toContain(REDACTED);
    }
  });

  it('remembers the last 200 lines of a run, the worker’s only', () => {
    for (let n = 1; n <= 1_234; n += 1) sink.writeFromWorker('stdout', `line ${n}`, 'run-1');
    sink.write('{"msg":"of the supervisor"}\n');
    expect(sink.lastLines).toHaveLength(200);
    expect([sink.lastLines[0], sink.lastLines.at(-1)]).toEqual(['line 1035', 'line 1234']);
    sink.forgetLastLines();
    expect(sink.lastLines).toEqual([]);
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

  it('does not throw when the disk is full', () => {
    const full = newSink({ path: '/dev/full' });
    full.write('{"msg":"lost on disk"}\n');
    full.close();
    expect(shown()).toBe('{"msg":"lost on disk"}\n');
  });
});
