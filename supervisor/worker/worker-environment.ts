import { environmentSchema, type SettingName } from '../../shared/config/schema.js';

/** Names that a Node program needs from its surroundings besides Tux's own settings. */
const passedThrough = new Set([
  'PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR', 'TZ', 'LANG', 'LANGUAGE', 'NODE_ENV', 'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE', 'SSL_CERT_DIR', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy',
  'FORCE_COLOR', 'NO_COLOR',
]); // biome-ignore format: a list of words
const passedPrefixes = ['LC_', 'TUX_', 'PG', 'SENTRY_'];
/** Of use to the supervisor alone; what the worker does not know it cannot tell. */
const withheld = new Set<string>([
  'TUX_NOTIFY_WEBHOOK',
  'TUX_NOTIFY_COMMAND',
  'TUX_HTTP_TOKEN',
] satisfies SettingName[]);

/**
 * The worker's environment: its settings and what any program needs, nothing else of the supervisor's. NODE_OPTIONS and
 * NOTIFY_SOCKET above all stay behind: the first would change how the worker runs, the second lets it speak to systemd.
 */
export function workerEnvironment(
  raw: Readonly<Record<string, string | undefined>>,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (value !== undefined && isPassed(name)) environment[name] = value;
  }
  return { ...environment, ...own };
}

function isPassed(name: string): boolean {
  if (withheld.has(name)) return false;
  if (name === 'BOT_TOKEN' || Object.hasOwn(environmentSchema.shape, name) || passedThrough.has(name)) return true;
  return passedPrefixes.some((prefix) => name.startsWith(prefix));
}
