import { createRequire } from 'node:module';

/**
 * The next time of a cron pattern (crontab(5), with seconds if it has six fields), in the time zone of the machine. What knows
 * patterns is loaded only when there is one to read.
 *
 * @returns null when it has no next time.
 * @throws TypeError when it is no pattern.
 */
export function nextCronTime(pattern: string, after: Date): Date | null {
  const { Cron } = createRequire(import.meta.url)('croner') as typeof import('croner');
  return new Cron(pattern, { paused: true }).nextRun(after);
}

/** Whether it is a pattern that has a time to come. */
export function isCronPattern(pattern: string): boolean {
  try {
    return nextCronTime(pattern, new Date()) !== null;
  } catch {
    return false;
  }
}
