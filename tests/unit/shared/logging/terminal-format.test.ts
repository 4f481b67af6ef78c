import { describe, expect, it } from 'vitest';
import { terminalFormat } from '../../../../shared/logging/terminal-format.js';

const line = (fields: object) =>
  `${JSON.stringify({ level: 40, time: new Date().toISOString(), name: 'worker', ...fields })}\n`;

describe('a line on a terminal', () => {
  it('has time, level and sentence, and none of the other fields', async () => {
    const format = await terminalFormat(false);
    expect(format(line({ event: 'a:b', pid: 5, msg: '⚠️ Look' }))).toMatch(/^\[\d\d:\d\d:\d\d\] WARN: ⚠️ Look\n$/);
  });

  it('has its date when it is not of today', async () => {
    const format = await terminalFormat(false);
    expect(format(line({ time: '2020-02-03T12:00:00.000Z', msg: 'old' }))).toMatch(
      /^\[2020-02-0[34] \d\d:00:00\] WARN: old\n$/,
    );
  });

  it('has the stack of an error and what to do about it', async () => {
    const format = await terminalFormat(false);
    const text = format(
      line({ msg: 'x', hint: 'mend it', err: { type: 'Error', message: 'boom', stack: 'Error: boom\n    at f' } }),
    );
    expect(text).toMatch(/hint: "mend it"[\s\S]*Error: boom\n\s+at f/);
  });

  it('is in colour where that is wanted', async () => {
    expect((await terminalFormat(true))(line({ msg: 'x' }))).toContain('\u001b[33mWARN\u001b[39m');
  });

  it.each([
    '{"level":{}}\n',
    '{"level":30,"time":{"toString":1},"msg":{"toString":1}}\n',
    `${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}\n`,
  ])('stays as it is where pino-pretty fails at it', async (text) => {
    expect((await terminalFormat(false))(text)).toBe(text);
  });

  it.each(['plain words\n', '{"torn\n', '5\n', 'null\n'])(
    'stays as it is where it is no JSON object: %j',
    async (text) => {
      expect((await terminalFormat(false))(text)).toBe(text);
    },
  );
});
