import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, TuxError } from './errors.js';
import { ExitCode } from './exit-codes.js';

/** True for what the operating system says when a file or folder belongs to somebody else. */
export function isRefusal(error: unknown): boolean {
  return errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM';
}

/**
 * Another user asks: the state folder is private, so nothing of it can be seen, not even whether something runs.
 *
 * @returns TuxError TUX_NOT_ALLOWED (exit 1) that names the owner of `path`, or of the nearest folder above it that can be
 * looked at, and who asked.
 */
export function notAllowedError(path: string, cause?: unknown): TuxError {
  const owned = nearestOwner(path);
  const me = process.getuid?.();
  const options = { cause, exitCode: ExitCode.FAILURE };
  if (owned === null || owned.uid === me) {
    return new TuxError('TUX_NOT_ALLOWED', `No permission for ${path}`, {
      ...options,
      hint: 'see who may do what with ls -ld, for it and for the folders above it',
    });
  }
  const owner = userName(owned.uid);
  const asker = me === undefined ? 'another user' : userName(me);
  return new TuxError(
    'TUX_NOT_ALLOWED',
    `No permission for ${path}: ${owned.path} belongs to ${owner}, this is ${asker}`,
    {
      ...options,
      hint: `run the command as ${owner}: sudo -u ${owner.startsWith('uid ') ? `'#${owned.uid}'` : owner} …`,
    },
  );
}

/** For a `catch`: TUX_NOT_ALLOWED instead of an error that a refusal caused; every other error as it is. */
export function throwIfRefused(path: string): (error: unknown) => never {
  return (error) => {
    const isRefused = isRefusal(error) || (error instanceof Error && isRefusal(error.cause));
    throw isRefused ? notAllowedError(path, error) : error;
  };
}

/** `tux`, or `uid 1000` for somebody whom /etc/passwd does not name. */
export function userName(uid: number): string {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.split(':')[2] === String(uid));
    if (line) return line.split(':')[0] ?? `uid ${uid}`;
  } catch {
    // no such file here: the number has to do
  }
  return `uid ${uid}`;
}

function nearestOwner(path: string): { readonly path: string; readonly uid: number } | null {
  for (let at = path; ; at = dirname(at)) {
    try {
      return { path: at, uid: statSync(at).uid };
    } catch {
      if (at === dirname(at)) return null;
    }
  }
}
