import { describe, expect, it } from 'vitest';
import { parseLogLine } from '../../../../page/log/log-line.js';

const parse = (fields: object) => parseLogLine(JSON.stringify(fields), 1);

describe('parseLogLine', () => {
  it('takes a line of the log apart', () => {
    const line = parse({
      level: 40,
      time: '2026-01-01T22:00:00.000Z',
      name: 'worker',
      runId: 'RUN',
      event: 'task:crashed',
      msg: 'it failed',
      tries: 3,
    });
    expect(line).toMatchObject({
      level: 'warn',
      at: Date.parse('2026-01-01T22:00:00.000Z'),
      source: 'worker',
      event: 'task:crashed',
      message: 'it failed',
      fields: [['tries', '3']],
    });
  });

  it.each([
    [10, 'trace'],
    [20, 'debug'],
    [30, 'info'],
    [35, 'info'],
    [50, 'error'],
    [60, 'fatal'],
    [90, 'fatal'],
    ['what', 'info'],
  ])('level %s is %s', (level, name) => {
    expect(parse({ level }).level).toBe(name);
  });

  it('shows an error by its stack, and what else it carries', () => {
    const err = { type: 'TuxError', message: 'no', stack: 'TuxError: no\n    at a (b.js:1:2)', code: 'TUX_NO' };
    expect(parse({ err }).fields).toEqual([['err', `${err.stack}\n{\n  "code": "TUX_NO"\n}`]]);
  });

  it('what is no JSON object is a message', () => {
    for (const raw of ['Segmentation fault', '[1,2]', '{"level":30', 'null']) {
      expect(parseLogLine(raw, 7)).toMatchObject({ key: 7, level: 'info', at: null, message: raw, fields: [] });
    }
  });

  it('a moment that is none is none', () => {
    expect(parse({ time: 'soon' }).at).toBeNull();
  });
});
