/** What a guild says unless it has a text of its own. */
export const DEFAULT_WELCOME = '👋 Welcome to **{server}**, {user}! You are member number {count}.';

const PLACEHOLDERS: ReadonlySet<string> = new Set(['user', 'server', 'count']);
const PLACEHOLDER = /\{(\w+)\}/g;

/** What stands for the placeholders of a greeting. */
export interface Newcomer {
  readonly userId: string;
  readonly serverName: string;
  /** Members of the server, the new one included. */
  readonly memberCount: number;
}

/** The names in braces that mean nothing, each once. */
export function unknownPlaceholders(template: string): string[] {
  const names = [...template.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '');
  return [...new Set(names)].filter((name) => !PLACEHOLDERS.has(name));
}

/** Puts the values in, in one go: a server called `{user}` changes nothing. */
export function fillWelcome(template: string, { userId, serverName, memberCount }: Newcomer): string {
  const values = new Map([
    ['user', `<@${userId}>`],
    ['server', serverName],
    ['count', String(memberCount)],
  ]);
  return template.replaceAll(PLACEHOLDER, (text, name: string) => values.get(name) ?? text);
}
