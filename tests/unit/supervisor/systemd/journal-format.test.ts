import { closeSync, fstatSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../../../shared/logging/logger.js';
import { isJournal, journalFormat } from '../../../../supervisor/systemd/journal-format.js';

/** What the logger makes of something, as the journal gets it. */
function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(journalFormat(line)) };
  write(createLogger({ level: 'trace', name: 'test', destination, secrets: [] }));
  return lines.join('');
}

describe('a line for the journal', () => {
  it.each([
    ['fatal', '<2>'],
    ['error', '<3>'],
    ['warn', '<4>'],
    ['info', '<6>'],
    ['debug', '<7>'],
    ['trace', '<7>'],
  ] as const)('of level %s has the priority %s and nothing but the sentence', (level, prefix) => {
    expect(logged((log) => log[level]({ event: 'a:b', pid: 7 }, '✅ Ready'))).toBe(`${prefix}✅ Ready\n`);
  });

  it('has the priority again for each further line: a list, a stack', () => {
    expect(logged((log) => log.warn('one\n  two\n\n'))).toBe('<4>one\n<4>  two\n');
    const err = Object.assign(new Error('broken'), { stack: 'Error: broken\n    at somewhere' });
    expect(logged((log) => log.error({ err }, '❌ Failed'))).toBe(
      '<3>❌ Failed\n<3>Error: broken\n<3>    at somewhere\n',
    );
  });

  it('has the hint, too', () => {
    expect(logged((log) => log.error({ hint: 'free some space' }, '❌ Full'))).toBe('<3>❌ Full\n<3>free some space\n');
  });

  it('that is no JSON object stays as it is', () => {
    expect(journalFormat('plain\n')).toBe('plain\n');
    expect(journalFormat('null\n')).toBe('null\n');
  });
});

describe('a stream', () => {
  it('is that of the journal when it is the very file that systemd named', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tux-journal-'));
    const fd = openSync(join(folder, 'out'), 'w');
    try {
      const { dev, ino } = fstatSync(fd, { bigint: true });
      expect(isJournal(fd, `${dev}:${ino}`)).toBe(true);
      expect(isJournal(fd, `${dev}:${ino + 1n}`)).toBe(false);
      expect(isJournal(fd, undefined)).toBe(false);
      expect(isJournal(fd, 'nonsense')).toBe(false);
    } finally {
      closeSync(fd);
      await rm(folder, { recursive: true });
    }
    expect(isJournal(9_999, '1:2')).toBe(false);
  });
});
