import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Build } from '../../shared/control/build.js';
import { describeError, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { fingerprintOf } from '../standby/build-fingerprint.js';

/** What our package is called, of whatever version. */
const PACKAGE_NAME = 'tux-supervisor';

/** The program of the worker of the build in `root`. */
export function programOf(root: string): string {
  return join(root, 'dist', 'bot', 'main.js');
}

/**
 * Looks which build is in a folder: a checkout that is compiled, or an installed package. Takes a few milliseconds.
 *
 * @throws TuxError TUX_NO_BUILD (exit 64) when there is none.
 */
export function readBuild(folder: string): Build {
  const { name, version } = readPackage(folder);
  if (name !== PACKAGE_NAME || typeof version !== 'string') throw noBuild(folder, `its package.json is of '${name}'`);
  const root = realpathSync(folder); // a link may point elsewhere tomorrow
  const program = programOf(root);
  if (!existsSync(program)) throw noBuild(folder, 'dist/bot/main.js is missing');
  return { root, version, fingerprint: fingerprintOf(program) };
}

/** Whether two are the very same code in the same folder. */
export function isSameBuild(a: Build, b: Build): boolean {
  return a.root === b.root && a.fingerprint === b.fingerprint;
}

function readPackage(folder: string): { name?: unknown; version?: unknown } {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: unknown; version?: unknown };
  } catch (cause) {
    throw noBuild(folder, describeError(cause), cause);
  }
}

function noBuild(folder: string, why: string, cause?: unknown): TuxError {
  return new TuxError('TUX_NO_BUILD', `There is no build of Tux in ${folder}: ${why}`, {
    cause,
    exitCode: ExitCode.USAGE,
    hint: 'name a checkout that is compiled (npm run setup), or the folder of an installed package',
  });
}
