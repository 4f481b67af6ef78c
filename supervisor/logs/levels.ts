/** The levels of pino by name, from the least severe up. */
export const LOG_LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;
export type LogLevel = keyof typeof LOG_LEVELS;

/** Whether there is a level of that name. */
export function isLogLevel(name: string): name is LogLevel {
  return Object.hasOwn(LOG_LEVELS, name);
}

/** `info` for 30; null for what is no level of ours. */
export function levelName(level: unknown): LogLevel | null {
  const found = Object.entries(LOG_LEVELS).find(([, value]) => value === level);
  return found === undefined ? null : (found[0] as LogLevel);
}
