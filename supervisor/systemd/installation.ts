import { resolve } from 'node:path';
import { loadStopTimeoutMs, type RawEnvironment, readEnvironment } from '../../shared/config/load.js';
import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { packageFile } from '../../shared/package.js';
import { socketPath } from '../../shared/paths.js';
import type { UnitFacts } from './unit-file.js';

/** What an operator may choose about the unit. */
export interface UnitOptions {
  readonly user?: string | undefined;
  readonly stateDir?: string | undefined;
  readonly logDir?: string | undefined;
  readonly envFile?: string | undefined;
}

const DEFAULTS = {
  user: 'tux',
  stateDir: '/var/lib/tux',
  logDir: '/var/log/tux',
  envFile: '/etc/tux.env',
} as const;
/** What useradd(8) takes, or a number. */
const USER = /^([a-z_][\w-]{0,30}\$?|\d+)$/i;

/**
 * The unit's facts for this installation: this Node, this folder, and what the operator chose.
 *
 * @throws TuxError TUX_SYSTEMD_UNIT (exit 64) for a choice that cannot work, TUX_CONFIG (exit 78) when the settings are wrong.
 */
export function describeInstallation(options: UnitOptions): UnitFacts {
  const user = options.user ?? DEFAULTS.user;
  if (!USER.test(user)) throw refusal(`'${user}' is no name of a user`, 'name one with --user');
  const stateDir = absolute(options.stateDir ?? DEFAULTS.stateDir);
  if (!socketPath(stateDir, 'control.sock').startsWith(stateDir)) {
    // It would be in a temporary folder, which the unit has for itself: no command would find it.
    throw refusal(`${stateDir} is too long for the control socket`, 'choose a shorter --state-dir');
  }
  const envFile = absolute(options.envFile ?? DEFAULTS.envFile);
  return {
    node: absolute(process.execPath),
    installDir: absolute(packageFile('.')),
    user,
    stateDir,
    logDir: absolute(options.logDir ?? DEFAULTS.logDir),
    envFile,
    stopTimeoutMs: loadStopTimeoutMs(settingsIn(envFile)),
  };
}

/** The settings that the unit will have; none when the file is not there yet, or not for us to read. */
function settingsIn(envFile: string): RawEnvironment {
  try {
    return readEnvironment('/', { TUX_ENV_FILE: envFile });
  } catch {
    return {};
  }
}

function absolute(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\0-\x1f\x7f]/.test(path))
    throw refusal(`a path holds a control character: ${JSON.stringify(path)}`, 'rename it');
  return resolve(path);
}

function refusal(message: string, hint: string): TuxError {
  return new TuxError('TUX_SYSTEMD_UNIT', `No unit can be made: ${message}`, { exitCode: ExitCode.USAGE, hint });
}
