import { z } from 'zod';
import { isCronPattern } from '../cron.js';

const SNOWFLAKE = /^\d{17,20}$/;

const milliseconds = (fallback: number, minimum = 1) =>
  z.coerce.number('must be a number of milliseconds').int().min(minimum).max(86_400_000).default(fallback);

const megabytes = (fallback: number) =>
  z.coerce.number('must be a number of MB').int().min(1).max(1_000_000).default(fallback);

const flag = () => z.stringbool({ error: 'must be true or false' }).default(false);

const commaSeparatedIds = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )
  .pipe(z.array(z.string().regex(SNOWFLAKE, 'must be Discord user ids (17 to 20 digits), separated by commas')));

/**
 * Every setting of Tux and its supervisor, by the name of its environment variable. The README's table is checked against
 * this list by a test. Descriptions end up in `config show`.
 */
export const environmentSchema = z.object({
  DISCORD_TOKEN: z
    .string('is missing')
    .trim()
    .min(1, 'is empty')
    .regex(/^\S+$/, 'contains white space')
    .regex(/^[^"']*$/, 'contains a quotation mark; write it without any, as some programs do not take them off')
    .describe('bot token from the Discord developer portal'),
  DISCORD_API_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
    .optional()
    .describe('another REST endpoint than Discord, e.g. a proxy'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must begin with postgresql:// or postgres://' })
    .optional()
    .describe('PostgreSQL to use; without it Tux runs its own under the state folder'),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(200).default(10).describe('connections kept to PostgreSQL'),
  DATABASE_TLS: z
    .enum(['off', 'require', 'verify'])
    .default('off')
    .describe('TLS to PostgreSQL: off, require (any certificate), verify'),
  TUX_STATE_DIR: z.string().min(1).optional().describe('what must survive a restart'),
  TUX_LOG_DIR: z.string().min(1).optional().describe('tux.log, crash.log and hang reports'),
  TUX_OWNER_IDS: commaSeparatedIds.describe('Discord user ids that may do everything'),
  TUX_SYSADMIN_IDS: commaSeparatedIds.describe('Discord user ids that stand above the ranks of every server'),
  TUX_PREFIX: z
    .string()
    .min(1)
    .max(10)
    .regex(/^\S+$/, 'must not contain white space')
    .default('$')
    .describe('default command prefix'),
  LOG_LEVEL: z
    .string()
    .default('info')
    .transform((level) => level.toLowerCase())
    .pipe(
      z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], 'must be trace, debug, info, warn, error or fatal'),
    )
    .describe('least severe level that is logged'),
  SENTRY_DSN: z
    .url({ protocol: /^https?$/, error: 'must be the DSN from your Sentry project' })
    .optional()
    .describe('where errors are reported; nothing is loaded without it'),
  SENTRY_TRACES_SAMPLE_RATE: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('share of starts, commands and shutdowns whose timing is sent there as well, 0 to 1'),
  TUX_HELLO_TIMEOUT_MS: milliseconds(10_000).describe('spawn to first message of the worker'),
  TUX_START_TIMEOUT_MS: milliseconds(120_000).describe('spawn to ready'),
  TUX_STOP_TIMEOUT_MS: milliseconds(25_000).describe('graceful shutdown before SIGTERM, then SIGKILL 3 s later'),
  TUX_SETUP_TIMEOUT_MS: milliseconds(30_000).describe('all services together, login excepted'),
  TUX_LOGIN_TIMEOUT_MS: milliseconds(60_000).describe('login to READY'),
  TUX_DRAIN_TIMEOUT_MS: milliseconds(5_000, 0).describe('running commands and jobs at shutdown'),
  TUX_HEARTBEAT_INTERVAL_MS: milliseconds(5_000, 50).describe('between heartbeats of the worker'),
  TUX_HEARTBEAT_MISSES: z.coerce
    .number()
    .int()
    .min(2)
    .max(100)
    .default(3)
    .describe('missed heartbeats that make a hang'),
  TUX_GATEWAY_DOWN_LIMIT_MS: milliseconds(600_000, 1_000).describe('gateway down this long: the worker is restarted'),
  TUX_MAINTENANCE: flag().describe('only owners are served; jobs and reminders go on'),
  TUX_DEV: flag().describe('development: `$dev`, and cogs are loaded anew when their compiled files change'),
  TUX_DEV_EVAL: flag().describe('with TUX_DEV: owners may run code by `$dev eval`'),
  TUX_MAX_CRASHES: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('give up (exit 75) after this many crashes in a row'),
  TUX_MAX_RSS_MB: z.coerce
    .number('must be a number of MB')
    .int()
    .min(64)
    .optional()
    .describe(
      'memory of the worker above which it is restarted; without it what the cgroup allows, less a tenth and 64 MB',
    ),
  TUX_MAX_LAG_MS: milliseconds(0, 0).describe('event loop lag that, when it lasts, restarts the worker; 0 is off'),
  TUX_RESTART_SCHEDULE: z
    .string()
    .refine(isCronPattern, 'must be a cron pattern with a next time, such as 0 5 * * 1 (Mondays at 5:00)')
    .optional()
    .describe('restart at these times: cron, in the time zone of the machine'),
  TUX_STANDBY: z
    .enum(['auto', 'on', 'off'], 'must be auto, on or off')
    .default('auto')
    .describe('a second worker that waits to take over at once: auto (while there is memory for it), on, off'),
  TUX_HTTP_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe('port for health checks, metrics and the status page; 0 takes a free one, without it nothing listens'),
  TUX_HTTP_HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('address to listen at; beyond this machine the status page asks for the token'),
  TUX_HTTP_TOKEN: z
    .string()
    .min(16, 'must have at least 16 characters')
    .regex(/^\S+$/, 'must not contain white space')
    .optional()
    .describe('what the status page asks for before it restarts, stops or reloads'),
  TUX_LOG_MAX_MB: megabytes(10).describe('size at which tux.log is put aside'),
  TUX_LOG_KEEP_DAYS: z.coerce
    .number('must be a number of days')
    .int()
    .min(1)
    .max(3_650)
    .default(14)
    .describe('age at which old logs and reports are deleted'),
  TUX_LOG_TOTAL_MB: megabytes(200).describe('what all files in the log folder may take together'),
  TUX_NOTIFY_WEBHOOK: z
    .url({ protocol: /^https?$/, error: 'must be the URL of a Discord webhook' })
    .regex(/^https:|^http:\/\/(localhost|127\.0\.0\.1)[:/]/i, 'must begin with https://')
    .optional()
    .describe('Discord webhook that is told of crashes, hangs, holds and recoveries'),
  TUX_NOTIFY_COMMAND: z
    .string()
    .min(1)
    .optional()
    .describe('command that is told instead when there is no webhook or it fails; run by sh'),
});

export type Environment = z.infer<typeof environmentSchema>;
export type SettingName = keyof Environment;

/** Settings whose values are never shown. */
export const secretSettings: readonly SettingName[] = [
  'DISCORD_TOKEN',
  'DATABASE_URL',
  'SENTRY_DSN',
  'TUX_NOTIFY_WEBHOOK',
  'TUX_HTTP_TOKEN',
];

/** Settings of which is shown only that they are set: secrets, and a command that may hold some. */
export const hiddenSettings: readonly SettingName[] = [...secretSettings, 'TUX_NOTIFY_COMMAND'];

/** Settings that a reload applies at once. All others need a restart of Tux. The README marks these with ↻. */
const reloadableSettings: ReadonlySet<SettingName> = new Set<SettingName>([
  'TUX_OWNER_IDS',
  'TUX_SYSADMIN_IDS',
  'TUX_PREFIX',
  'LOG_LEVEL',
  'TUX_HELLO_TIMEOUT_MS',
  'TUX_START_TIMEOUT_MS',
  'TUX_STOP_TIMEOUT_MS',
  'TUX_DRAIN_TIMEOUT_MS',
  'TUX_HEARTBEAT_INTERVAL_MS',
  'TUX_HEARTBEAT_MISSES',
  'TUX_GATEWAY_DOWN_LIMIT_MS',
  'TUX_MAINTENANCE',
  'TUX_MAX_CRASHES',
  'TUX_MAX_RSS_MB',
  'TUX_MAX_LAG_MS',
  'TUX_RESTART_SCHEDULE',
  'TUX_STANDBY',
  'TUX_HTTP_TOKEN',
  'TUX_LOG_MAX_MB',
  'TUX_LOG_KEEP_DAYS',
  'TUX_LOG_TOTAL_MB',
  'TUX_NOTIFY_WEBHOOK',
  'TUX_NOTIFY_COMMAND',
]);

/** Whether a reload applies this setting at once. */
export function isReloadable(name: SettingName): boolean {
  return reloadableSettings.has(name);
}

/** Settings that need a restart even of the supervisor: its locks, files and sockets are bound to them. */
export const supervisorSettings: readonly SettingName[] = [
  'TUX_STATE_DIR',
  'TUX_LOG_DIR',
  'TUX_HTTP_PORT',
  'TUX_HTTP_HOST',
];
