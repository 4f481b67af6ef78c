import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { TuxError } from '../../../shared/errors.js';
import { isRefusal, notAllowedError, throwIfRefused, userName } from '../../../shared/not-allowed.js';

const refused = (code = 'EACCES') => Object.assign(new Error(`${code}: permission denied`), { code });

describe('what another user may not do', () => {
  it('names the owner of the nearest folder that can be looked at, and who asked', () => {
    vi.spyOn(process, 'getuid').mockReturnValue(65_534);
    const { code, message, hint, exitCode } = notAllowedError('/proc/1/nothing/here', refused());
    expect({ code, exitCode }).toEqual({ code: 'TUX_NOT_ALLOWED', exitCode: 1 });
    expect(message).toMatch(
      /^No permission for \/proc\/1\/nothing\/here: \/proc(\/1)? belongs to root, this is nobody$/,
    );
    expect(hint).toBe('run the command as root: sudo -u root …');
    vi.restoreAllMocks();
  });

  it('is to be looked into where the owner asks, whose own folders keep them out', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tux-refused-'));
    expect(notAllowedError(join(folder, 'file')).hint).toMatch(/ls -ld/);
    await rm(folder, { recursive: true });
  });

  it('is told from all other trouble', () => {
    expect([refused(), refused('EPERM'), refused('ENOENT'), null, 'EACCES'].map(isRefusal)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    const rethrow = (error: unknown) => () => throwIfRefused('/srv/file')(error);
    expect(rethrow(refused())).toThrow(/^No permission for \/srv\/file/);
    expect(rethrow(new TuxError('TUX_STATE_READ', 'cannot read', { cause: refused() }))).toThrow(/^No permission for/);
    expect(rethrow(new TuxError('TUX_STATE_READ', 'cannot read', { cause: refused('EIO') }))).toThrow('cannot read');
    expect(rethrow('anything')).toThrow('anything');
  });

  it('is said of users by name, where they have one', () => {
    expect(userName(0)).toBe('root');
    expect(userName(4_123_456)).toBe('uid 4123456');
  });
});
