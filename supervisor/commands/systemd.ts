import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { replaceFile } from '../../shared/atomic-file.js';
import { errnoOf, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { type CheckDeps, findInstallProblems, type InstallProblem } from '../systemd/install-checks.js';
import { describeInstallation, type UnitOptions } from '../systemd/installation.js';
import { type UnitFacts, unitFile } from '../systemd/unit-file.js';

const UNIT_PATH = '/etc/systemd/system/tux.service';
/** There is this folder exactly when systemd manages the machine, see sd_booted(3). */
const BOOTED = '/run/systemd/system';
/** Everybody may read it: `systemctl cat` shows it, and it holds no secret. */
const UNIT_MODE = 0o644;

/** `tux-supervisor systemd print`: the unit for this installation. */
export function printUnit(options: UnitOptions): string {
  return unitFile(describeInstallation(options));
}

export interface InstallOptions extends UnitOptions {
  /** Where to write it; default: `/etc/systemd/system/tux.service`. */
  readonly path?: string | undefined;
  /** Replace one that is different. */
  readonly force: boolean;
}

/**
 * `tux-supervisor systemd install`: writes the unit, after it has been made sure that it can run.
 *
 * @param deps see {@link findInstallProblems}.
 * @returns what to do next, in words.
 * @throws TuxError TUX_SYSTEMD_MISSING (69), TUX_SYSTEMD_INSTALL (78) with every problem and its fix, TUX_UNIT_EXISTS (1), or
 * TUX_SYSTEMD_WRITE (74).
 */
export async function installUnit(options: InstallOptions, deps?: CheckDeps): Promise<string> {
  const path = options.path ?? UNIT_PATH;
  if (options.path === undefined && !existsSync(BOOTED)) throw missingError();
  const facts = describeInstallation(options);
  const problems = await findInstallProblems(facts, deps);
  if (problems.length > 0) throw problemsError(problems);
  const text = unitFile(facts);
  const present = await readIfThere(path);
  if (present !== null && present !== text && !options.force) throw existsError(path, options);
  if (present !== text) await write(path, text);
  return describeInstall(path, facts, present === text);
}

/** What was done, and what is left to do. */
function describeInstall(path: string, { envFile, user }: UnitFacts, wasThere: boolean): string {
  const name = basename(path, '.service');
  const settings = existsSync(envFile)
    ? []
    : [`install -D -m 0640 -g ${user} .env ${envFile}   # the settings; DISCORD_TOKEN is needed`];
  const next = [...settings, 'systemctl daemon-reload', `systemctl enable --now ${name}`, `systemctl status ${name}`];
  const done = wasThere ? `✅ ${path} is up to date` : `✅ Wrote ${path}`;
  return `${done}\nNext, as root:\n${next.map((command) => `   ${command}`).join('\n')}`;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw writeError(path, error);
  }
}

async function write(path: string, text: string): Promise<void> {
  try {
    await replaceFile(path, text, { mode: UNIT_MODE });
  } catch (error) {
    throw writeError(path, error instanceof Error ? (error.cause ?? error) : error);
  }
}

function writeError(path: string, cause: unknown): TuxError {
  const errno = errnoOf(cause);
  const hints: Record<string, string> = {
    EACCES: 'run it as root (sudo), or choose another place with --path',
    EPERM: 'run it as root (sudo), or choose another place with --path',
    ENOENT: 'make the folder first, or choose another place with --path',
  };
  return new TuxError('TUX_SYSTEMD_WRITE', `Cannot write ${path} (${errno ?? String(cause)})`, {
    cause,
    exitCode: ExitCode.IO_ERROR,
    hint: (errno && hints[errno]) ?? 'choose another place with --path',
  });
}

function missingError(): TuxError {
  return new TuxError('TUX_SYSTEMD_MISSING', 'systemd does not manage this machine', {
    exitCode: ExitCode.UNAVAILABLE,
    hint: 'print the unit with tux-supervisor systemd print, or say where to write it with --path',
  });
}

function existsError(path: string, { user, stateDir, logDir, envFile }: UnitOptions): TuxError {
  const given = { '--user': user, '--state-dir': stateDir, '--log-dir': logDir, '--env-file': envFile };
  const words = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  const print = ['tux-supervisor systemd print', ...words].join(' ');
  return new TuxError('TUX_UNIT_EXISTS', `${path} is there already, and different`, {
    exitCode: ExitCode.FAILURE,
    hint: `see how with: ${print} | diff ${path} - ; then replace it with --force`,
  });
}

/** Without a hint: each line ends with the command that mends it, to be copied. */
function problemsError(problems: readonly InstallProblem[]): TuxError {
  const lines = problems.map(({ problem, fix }) => `\n   ${problem}: ${fix}`);
  return new TuxError('TUX_SYSTEMD_INSTALL', `Nothing was written, because the unit could not run:${lines.join('')}`, {
    exitCode: ExitCode.CONFIG,
    details: { problems },
  });
}
