import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rehearseLock } from '../../../../bot/app/rehearsal.js';

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

  it('leaves nothing behind either when it is cut short', async () => {
    vi.stubEnv('TMPDIR', folder);
    const begun = new AbortController();
    const rehearsal = rehearseLock(begun.signal);
    while (readdirSync(folder).length === 0) await setImmediate();
    begun.abort();
    await rehearsal;
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is left out where there is no place for it', async () => {
    vi.stubEnv('TMPDIR', join(folder, 'missing'));
    await expect(rehearseLock(new AbortController().signal)).resolves.toBeUndefined();
  });
});
