import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { z } from 'zod';
import { errnoOf, TuxError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { type Paths, resolvePaths } from '../paths.js';
import { REDACTED } from '../redact.js';
import { knownSecrets } from './known-secrets.js';
import { type Environment, environmentSchema, hiddenSettings, type SettingName } from './schema.js';
import { shownValue } from './shown-value.js';

/** The validated settings, frozen, with the folders resolved. */
export interface Config {
  readonly env: Readonly<Environment>;
  readonly paths: Paths;
  /** Literals that must not appear in any output. */
  readonly secrets: readonly string[];
}

/** Settings as text, by name, not validated yet. */
export type RawEnvironment = Readonly<Record<string, string | undefined>>;

/** Older and foreign names that people have in their environment already. */
const aliases: Partial<Record<SettingName, readonly string[]>> = { DISCORD_TOKEN: ['BOT_TOKEN'] };

/**
 * Reads the file of settings and lays the process environment over it, as dotenv does. The file is the one that TUX_ENV_FILE
 * names (a service has it outside of its folder), else `.env` in `folder` if there is one.
 *
 * @throws TuxError TUX_CONFIG (exit 78) when the file cannot be read.
 */
export function readEnvironment(
  folder: string = process.cwd(),
  processEnv: RawEnvironment = process.env,
): RawEnvironment {
  const named = processEnv.TUX_ENV_FILE;
  const path = resolve(folder, named || '.env');
  let fromFile: RawEnvironment = {};
  try {
    fromFile = parseEnv(readFileSync(path, 'utf8')) as RawEnvironment;
  } catch (cause) {
    const isMissing = errnoOf(cause) === 'ENOENT';
    if (named || !isMissing) {
      throw new TuxError('TUX_CONFIG', `Cannot read ${path} (${errnoOf(cause) ?? String(cause)})`, {
        cause,
        exitCode: ExitCode.CONFIG,
        hint: isMissing
          ? 'make it, with one NAME=value a line, or correct TUX_ENV_FILE'
          : 'make it readable for the user that runs Tux, or remove it',
      });
    }
  }
  return { ...fromFile, ...processEnv };
}

/** The two folders, from the setting, else from systemd (`StateDirectory=`, `LogsDirectory=`), else beside the caller. */
export function resolveFolders(raw: RawEnvironment): Paths {
  return resolvePaths({
    stateDir: raw.TUX_STATE_DIR || firstFolder(raw.STATE_DIRECTORY) || 'state',
    logDir: raw.TUX_LOG_DIR || firstFolder(raw.LOGS_DIRECTORY) || 'logs',
  });
}

/**
 * Validates the environment.
 *
 * @throws TuxError TUX_CONFIG (exit 78) that lists every problem at once: the setting, what was received (secrets
 * redacted) and what would be right.
 */
export function loadConfig(raw: RawEnvironment): Config {
  const env = parse(environmentSchema, raw);
  return Object.freeze({
    env: Object.freeze(env),
    paths: resolveFolders(raw),
    secrets: Object.freeze(knownSecrets(env, raw)),
  });
}

type DatabaseSetting = 'DATABASE_URL' | 'DATABASE_POOL_SIZE' | 'DATABASE_TLS';

/** The settings of the database alone: its commands work without a token. @throws TuxError TUX_CONFIG (exit 78). */
export function loadDatabaseSettings(raw: RawEnvironment): Pick<Environment, DatabaseSetting> {
  const names = { DATABASE_URL: true, DATABASE_POOL_SIZE: true, DATABASE_TLS: true } as const;
  return parse(environmentSchema.pick(names), raw);
}

type NotifySetting = 'TUX_NOTIFY_WEBHOOK' | 'TUX_NOTIFY_COMMAND';

/** The settings of notifications alone: they can be tested before there is a bot. @throws TuxError TUX_CONFIG (exit 78). */
export function loadNotifySettings(raw: RawEnvironment): Pick<Environment, NotifySetting> {
  return parse(environmentSchema.pick({ TUX_NOTIFY_WEBHOOK: true, TUX_NOTIFY_COMMAND: true }), raw);
}

/** How long a stop may take, ms: for whoever stops Tux from outside. @throws TuxError TUX_CONFIG (exit 78). */
export function loadStopTimeoutMs(raw: RawEnvironment): number {
  return parse(environmentSchema.pick({ TUX_STOP_TIMEOUT_MS: true }), raw).TUX_STOP_TIMEOUT_MS;
}

/**
 * The settings that are valid by themselves, whatever is wrong with others: for looking at an installation that does not
 * start. Never throws.
 */
export function loadValidSettings(raw: RawEnvironment): Partial<Environment> {
  const named = withAliases(raw);
  const entries = Object.entries(environmentSchema.shape).flatMap(([name, schema]) => {
    const parsed = schema.safeParse(named[name]);
    return parsed.success ? [[name, parsed.data]] : [];
  });
  return Object.fromEntries(entries);
}

function parse<T>(schema: z.ZodType<T>, raw: RawEnvironment): T {
  const named = withAliases(raw);
  const parsed = schema.safeParse(named);
  if (parsed.success) return parsed.data;
  throw configError(parsed.error, named);
}

/** An empty setting is the same as none: `DATABASE_URL=` in an env file means "not set". */
function withAliases(raw: RawEnvironment): Record<string, string | undefined> {
  const named: Record<string, string | undefined> = {};
  for (const name of Object.keys(environmentSchema.shape) as SettingName[]) {
    const candidates = [name, ...(aliases[name] ?? [])];
    named[name] = candidates.map((candidate) => raw[candidate]).find((value) => value !== undefined && value !== '');
  }
  return named;
}

function configError(error: z.ZodError, raw: RawEnvironment): TuxError {
  const lines = error.issues.map((issue) => {
    const name = String(issue.path[0]) as SettingName;
    const received = raw[name];
    const quoted = hiddenSettings.includes(name) ? REDACTED : `'${shownValue(name, received)}'`;
    const shown = received === undefined ? '' : ` (received ${quoted})`;
    return `${name}: ${issue.message}${shown}`;
  });
  return new TuxError('TUX_CONFIG', `Configuration: ${lines.join('; ')}`, {
    exitCode: ExitCode.CONFIG,
    hint: 'set it in the environment or in .env, see the table in README.md',
    details: { problems: lines },
  });
}

/** systemd passes several folders separated by colons; the first is ours. */
function firstFolder(value: string | undefined): string | undefined {
  return value?.split(':')[0] || undefined;
}
