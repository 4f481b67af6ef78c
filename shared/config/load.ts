import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { z } from 'zod';
import { errnoOf, TuxError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { type Paths, resolvePaths } from '../paths.js';
import { REDACTED } from '../redact.js';
import { type Environment, environmentSchema, type SettingName, secretSettings } from './schema.js';

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
 * Reads `.env` in `folder` if there is one and lays the process environment over it, as dotenv does.
 *
 * @throws TuxError TUX_CONFIG (exit 78) when `.env` exists but cannot be read.
 */
export function readEnvironment(
  folder: string = process.cwd(),
  processEnv: RawEnvironment = process.env,
): RawEnvironment {
  const path = resolve(folder, '.env');
  let fromFile: RawEnvironment = {};
  try {
    fromFile = parseEnv(readFileSync(path, 'utf8')) as RawEnvironment;
  } catch (cause) {
    if (errnoOf(cause) !== 'ENOENT') {
      throw new TuxError('TUX_CONFIG', `Cannot read ${path} (${errnoOf(cause) ?? String(cause)})`, {
        cause,
        exitCode: ExitCode.CONFIG,
        hint: 'make it readable for the user that runs Tux, or remove it',
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
    secrets: Object.freeze(secretSettings.flatMap((name) => secretParts(env[name]))),
  });
}

const databaseSchema = environmentSchema.pick({ DATABASE_URL: true, DATABASE_POOL_SIZE: true, DATABASE_TLS: true });

/** The settings of the database alone: its commands work without a token. @throws TuxError TUX_CONFIG (exit 78). */
export function loadDatabaseSettings(raw: RawEnvironment): z.infer<typeof databaseSchema> {
  return parse(databaseSchema, raw);
}

const notifySchema = environmentSchema.pick({ TUX_NOTIFY_WEBHOOK: true, TUX_NOTIFY_COMMAND: true });

/** The settings of notifications alone: they can be tested before there is a bot. @throws TuxError TUX_CONFIG (exit 78). */
export function loadNotifySettings(raw: RawEnvironment): z.infer<typeof notifySchema> {
  return parse(notifySchema, raw);
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
    const shown =
      received === undefined ? '' : ` (received ${secretSettings.includes(name) ? REDACTED : `'${received}'`})`;
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

/** The whole value, and the password inside a connection string: it also turns up alone in driver errors. */
function secretParts(value: unknown): string[] {
  if (typeof value !== 'string') return [];
  const password = URL.canParse(value) ? new URL(value).password : '';
  return password ? [value, password, decodeURIComponent(password)] : [value];
}
