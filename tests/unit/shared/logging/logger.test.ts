import { describe, expect, it } from 'vitest';
import { createLogger, type Logger } from '../../../../shared/logging/logger.js';
import { REDACTED } from '../../../../shared/redact.js';

/** What is written while `say` logs: the lines as they are, which have to be JSON. */
function linesOf(say: (log: Logger) => void): Record<string, unknown>[] {
  const written: string[] = [];
  const destination = { write: (line: string) => written.push(line) };
  say(
    createLogger({ level: 'info', name: 'worker', destination, secrets: ['correct-horse'], fields: { runId: 'RUN' } }),
  );
  return written.map((line) => {
    expect(line.indexOf('\n'), 'one line for each call').toBe(line.length - 1);
    return JSON.parse(line) as Record<string, unknown>;
  });
}

describe('a line of the log', () => {
  it('has level, time, name, the fields of every line and its own', () => {
    expect(linesOf((log) => log.warn({ event: 'a:b', n: 1 }, '⚠️ Look'))).toEqual([
      { level: 40, time: expect.stringMatching(/Z$/), name: 'worker', runId: 'RUN', event: 'a:b', n: 1, msg: '⚠️ Look' },
    ]);
  });

  // What somebody writes in a chat ends up in sentences: braces have crashed the logger of the original.
  it.each(['{}', '{0} {name!r}', '%s %d %j %o %%', 'two\nlines', '"quoted" \\ \u0007', '\uD800'])(
    'says %j as it is',
    (text) => {
      const lines = linesOf((log) => log.info({ said: text }, `somebody said ${text}`));
      expect(lines).toMatchObject([{ said: text, msg: `somebody said ${text}` }]);
    },
  );

  it('is written whatever its fields are', () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    const odd = {
      toJSON() {
        throw new Error('not today');
      },
    };
    const lines = linesOf((log) => {
      log.info({ loop, odd, big: 2n ** 70n, nothing: undefined, run: () => {} }, 'first');
      log.info('second');
    });
    expect(lines.map(({ msg }) => msg)).toEqual(['first', 'second']);
  });

  it('has the whole story of an error, and no secret, wherever it was put', () => {
    const cause = new Error('connect to postgres://tux:hunter22@db/x');
    const err = new Error('no correct-horse', { cause });
    const [line] = linesOf((log) => log.error({ err, deep: [{ key: 'correct-horse' }] }, 'it was correct-horse'));
    expect(line).toMatchObject({
      deep: [{ key: REDACTED }],
      msg: `it was ${REDACTED}`,
      err: { message: `no ${REDACTED}` },
    });
    expect(line).toMatchObject({ err: { stack: expect.stringContaining('logger.test'), cause: { type: 'Error' } } });
    expect(JSON.stringify(line)).not.toMatch(/correct-horse|hunter22/);
  });
});
