import { describe, expect, it } from 'vitest';
import { LastWords } from '../../../../supervisor/worker/last-words.js';

function said(...lines: string[]): string | null {
  const words = new LastWords();
  for (const line of lines) words.note(line);
  return words.text;
}

describe('the last words of a process', () => {
  it('are the error that ended it, and where', () => {
    const lines = [
      'file:///opt/tux/dist/bot/main.js:3',
      'const broken;',
      '      ^^^',
      'SyntaxError: Missing initializer',
      '    at x',
    ];
    expect(said(...lines)).toBe('SyntaxError: Missing initializer (/opt/tux/dist/bot/main.js:3)');
    expect(said('node:internal:1', "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'x'")).toBe(
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'x'",
    );
  });

  it('are none when it named no error', () => {
    expect(said()).toBeNull();
    expect(said('a warning', 'file:///opt/tux/dist/bot/main.js:3')).toBeNull();
  });
});
