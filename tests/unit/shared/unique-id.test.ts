import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { decodeTime, isValid } from 'ulid';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageFile } from '../../../shared/package.js';
import { uniqueId } from '../../../shared/unique-id.js';
import { ensureCompiled } from '../../support/compiled.js';

beforeAll(() => ensureCompiled(['shared/unique-id.ts']), 60_000);

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
    const { href } = pathToFileURL(packageFile('dist/shared/unique-id.js'));
    const args = ['--input-type=module', '-e', `import { uniqueId } from '${href}'; console.log(uniqueId(1));`];
    const ids = [1, 2].map(() => execFileSync(process.execPath, args, { encoding: 'utf8' }));
    expect(ids.every((id) => isValid(id.trim()))).toBe(true);
    expect(new Set(ids).size).toBe(2);
  });
});
