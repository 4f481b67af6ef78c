import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rehearseLock } from '../../../../bot/app/rehearsal.js';
import { acquireLock } from '../../../../shared/instance-lock.js';

vi.mock('../../../../shared/instance-lock.js', { spy: true });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tux-app-rehearsal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the rehearsal of the lock', () => {
  it('leaves nothing behind, and no lock that is still looked after', async () => {
    vi.stubEnv('TMPDIR', folder);
    await rehearseLock(new AbortController().signal);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('ends when the real thing begins, and leaves nothing behind then either', async () => {
    vi.stubEnv('TMPDIR', folder);
    const begun = new AbortController();
    vi.mocked(acquireLock)
      .mockClear()
      .mockImplementationOnce(async (options) => {
        begun.abort();
        throw options.signal?.reason;
      });
    await rehearseLock(begun.signal);
    expect(acquireLock).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ signal: begun.signal }));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is left out where there is no place for it', async () => {
    vi.stubEnv('TMPDIR', join(folder, 'missing'));
    await expect(rehearseLock(new AbortController().signal)).resolves.toBeUndefined();
  });
});
