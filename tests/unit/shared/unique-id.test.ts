import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { decodeTime, isValid } from 'ulid';
import { describe, expect, it } from 'vitest';
import { uniqueId } from '../../../shared/unique-id.js';

describe('uniqueId', () => {
  it('is a ULID of the time that it is given', () => {
    const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
    expect(isValid(uniqueId(at))).toBe(true);
    expect(decodeTime(uniqueId(at))).toBe(at);
    expect(decodeTime(uniqueId()) / 1_000).toBeCloseTo(Date.now() / 1_000, -1);
  });

  it('is never the same twice, in the same millisecond either', () => {
    const at = Date.now();
    expect(new Set(Array.from({ length: 100_000 }, () => uniqueId(at))).size).toBe(100_000);
  });

  it('is another one in another process', () => {
    const script = `const { ulid } = require('ulid'); console.log(ulid(1, Math.random));`;
    const ids = [1, 2, 3].map(() =>
      execFileSync(process.execPath, ['-e', script], { cwd: resolve('.'), encoding: 'utf8' }),
    );
    expect(new Set(ids).size).toBe(3);
  });
});
