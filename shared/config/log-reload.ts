import { describeError } from '../errors.js';
import type { Logger } from '../logging/logger.js';
import { describeChanges, type SettingChange } from './changes.js';

/** Tells what a reload changes: old → new, and what it cannot change without a restart. */
export function logReload(log: Logger, changes: readonly SettingChange[]): void {
  const applied = changes.filter(({ takesEffect }) => takesEffect === 'now');
  const waiting = changes.filter(({ takesEffect }) => takesEffect !== 'now');
  const what = applied.length === 0 ? 'nothing changed' : describeChanges(applied);
  log.info({ event: 'config:reloaded', changes: applied }, `✅ Configuration reloaded: ${what}`);
  if (waiting.length === 0) return;
  log.warn({ event: 'config:restart-needed', changes: waiting }, `⚠️ Needs a restart: ${describeChanges(waiting)}`);
}

/** Tells that the new configuration is no good, with every problem of it. */
export function logRejectedReload(log: Logger, error: unknown): void {
  log.error(
    { event: 'config:rejected', problem: describeError(error) },
    `❌ Not reloaded, the configuration stays as it was: ${describeError(error)}`,
  );
}
