import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../../../shared/logging/logger.js';
import { readableLine } from '../../../../supervisor/logs/readable-line.js';

/** What the logger makes of `fields`, made readable, without the time. */
function readable(fields: object, msg: string): string[] {
  const lines: string[] = [];
  const log = createLogger({
    level: 'trace',
    name: 'worker',
    destination: { write: (line) => lines.push(line) },
    secrets: [],
  });
  log.warn(fields, msg);
  const [first = '', ...rest] = readableLine(lines.join('').trimEnd());
  return [first.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, ''), ...rest];
}

describe('a readable line', () => {
  it('has time, level, sentence, event and all other fields', () => {
    const line =
      '{"level":30,"time":"2026-01-01T00:00:00.000Z","name":"worker","runId":"R","event":"job:done","job":"j 1","n":2,"msg":"✅ Done"}';
    expect(readableLine(line)).toEqual(['2026-01-01T00:00:00.000Z INFO  ✅ Done [job:done] job="j 1" n=2']);
  });

  it.each(Object.entries(pino.levels.values))('has a name for level %s', (name, level) => {
    expect(readableLine(JSON.stringify({ level, msg: 'x' }))).toEqual([`${name.toUpperCase().padEnd(5)} x`]);
  });

  it('has the stack of an error below it, and what caused it', () => {
    const cause = Object.assign(new TypeError('no such thing'), { stack: 'TypeError: no such thing\n    at there' });
    const err = Object.assign(new Error('boom', { cause }), { stack: 'Error: boom\n    at here' });
    expect(readable({ err }, 'It failed')).toEqual([
      'WARN  It failed',
      '    Error: boom',
      '        at here',
      '    caused by TypeError: no such thing',
      '        at there',
    ]);
  });

  it('tells of an error without a stack', () => {
    expect(readableLine('{"msg":"x","err":{"type":"Error","message":"boom"}}')).toEqual(['x', '    Error: boom']);
  });

  it('takes anything that a program may print', () => {
    expect(readableLine('{"msg":{"toString":1},"time":{},"level":[]}')).toEqual(['{} [] {"toString":1}']);
    expect(readableLine('{"msg":"x","err":{"type":{"toString":1}}}')).toHaveLength(2);
    const deep = `${'{"stack":"at here","cause":'.repeat(5_000)}{}${'}'.repeat(5_000)}`;
    expect(readableLine(`{"msg":"x","err":${deep}}`)).toHaveLength(1 + 21);
  });

  it('cuts a stack without end, and fields and sentences too long to read', () => {
    const stack = ['Error: deep', ...Array.from({ length: 500 }, (_, n) => `    at f${n}`)].join('\n');
    const err = Object.assign(new Error('deep'), { stack });
    expect(readable({ err }, 'x')).toHaveLength(1 + 101);
    expect(readable({ err }, 'x').at(-1)).toBe('    … 401 more lines');
    expect(readable({ field: 'y'.repeat(1_000) }, 'x')[0]).toHaveLength('WARN  x field='.length + 201);
    expect(readable({}, 'z'.repeat(5_000))[0]).toMatch(/^WARN {2}z{1900,2000}…$/);
  });

  it('continues a sentence of several lines below', () => {
    expect(readable({}, 'one\ntwo')).toEqual(['WARN  one', '    two']);
  });

  it.each(['plain words', '{ a: 1 }', '[1]', 'null', '{"torn":', ''])(
    'stays as it is where it is no JSON object: %j',
    (line) => {
      expect(readableLine(line)).toEqual([line]);
    },
  );
});
