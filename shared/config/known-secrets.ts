import type { RawEnvironment } from './load.js';
import { type Environment, secretSettings } from './schema.js';

/** Shorter parts of an address are names, not keys. */
const SHORTEST_KEY = 20;

/** Secrets that are no settings of Tux: the other name of the token, and what pg reads by itself. */
const foreignSecrets = ['BOT_TOKEN', 'PGPASSWORD'] as const;
/** Addresses of proxies, which may hold a password. */
const foreignUrls = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'] as const;

/**
 * The literals that must not appear in any output: the values of the secret settings, and those parts of them that also
 * turn up alone, in errors of drivers and libraries.
 */
export function knownSecrets(env: Readonly<Environment>, raw: RawEnvironment): string[] {
  const whole = [...secretSettings.map((name) => env[name]), ...foreignSecrets.map((name) => raw[name])];
  const all = [
    ...whole.flatMap((value) => (typeof value === 'string' ? [value, ...passwordsOf(value)] : [])),
    ...foreignUrls.flatMap((name) => passwordsOf(raw[name])),
    ...signatureOf(env.DISCORD_TOKEN),
    ...keysOf(env.SENTRY_DSN),
    ...keysOf(env.TUX_NOTIFY_WEBHOOK),
  ];
  return [...new Set(all)].filter(Boolean);
}

/** The password of a connection string, as it stands there and as it is meant. */
function passwordsOf(value: string | undefined): string[] {
  const url = parse(value);
  if (url === null) return [];
  return [url.password, decoded(url.password), url.searchParams.get('password') ?? ''];
}

/** The last of the three parts of a token; the others are the id of the bot and a time. */
function signatureOf(token: string): string[] {
  const last = token.split('.').at(-1) ?? '';
  return last !== token && last.length >= SHORTEST_KEY ? [last] : [];
}

/** What opens the door in a URL that is a secret as a whole: the user of a DSN, the last part of a webhook's path. */
function keysOf(value: string | undefined): string[] {
  const url = parse(value);
  if (url === null) return [];
  return [url.username, ...url.pathname.split('/')].filter((part) => part.length >= SHORTEST_KEY);
}

function parse(value: string | undefined): URL | null {
  return value !== undefined && URL.canParse(value) ? new URL(value) : null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone % is a character like any other
  }
}
