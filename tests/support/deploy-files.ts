import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { environmentSchema } from '../../shared/config/schema.js';

const root = resolve(import.meta.dirname, '../..');

/** A YAML file of the repository. Duplicate keys and the like are errors. */
export function readYaml<T>(path: string): T {
  return parse(readFileSync(resolve(root, path), 'utf8'), { strict: true, uniqueKeys: true }) as T;
}

/** `NAME=value` lines of an env file. */
export function readEnvFile(path: string): Record<string, string> {
  const lines = readFileSync(resolve(root, path), 'utf8').split('\n');
  const pairs = lines.filter((line) => /^\w+=/.test(line)).map((line) => line.split(/=(.*)/s).slice(0, 2));
  return Object.fromEntries(pairs) as Record<string, string>;
}

/** Names that look like settings of ours and are none. */
export function unknownSettings(names: readonly string[]): string[] {
  return names.filter((name) => !(name in environmentSchema.shape));
}

/**
 * The longest that a stop takes by default, in seconds: the deadline of the worker, 3 s from SIGTERM to SIGKILL, 2 s for its
 * pipes to close, and 3 s for the last notification.
 */
export function longestStopSeconds(): number {
  return environmentSchema.parse({ DISCORD_TOKEN: 'x' }).TUX_STOP_TIMEOUT_MS / 1_000 + 3 + 2 + 3;
}
