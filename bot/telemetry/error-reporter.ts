import type { Logger } from '../../shared/logging/logger.js';
import { redact } from '../../shared/redact.js';

/** Reports errors to Sentry. Without a DSN it does nothing and loads nothing: Sentry alone costs 290 ms and 44 MB. */
export interface ErrorReporter {
  /** Never throws. */
  capture(error: unknown, tags?: Readonly<Record<string, string>>): void;
  /** Sends what is left, within `limitMs`. */
  flush(limitMs: number): Promise<void>;
}

const silent: ErrorReporter = { capture: () => {}, flush: async () => {} };

export interface ErrorReporterOptions {
  readonly dsn: string | undefined;
  readonly release: string;
  readonly secrets: readonly string[];
  readonly log: Logger;
}

/** Sets Sentry up if there is a DSN. A Sentry that cannot be set up is logged; it must never keep the bot from starting. */
export async function createErrorReporter(options: ErrorReporterOptions): Promise<ErrorReporter> {
  const { dsn, release, secrets, log } = options;
  if (dsn === undefined) return silent;
  try {
    const sentry = await import('@sentry/node');
    sentry.init({
      dsn,
      release,
      // Tux owns signals and fatal errors itself (one owner); these integrations would add handlers of their own.
      integrations: (defaults) => defaults.filter(({ name }) => !/^OnUn(caught|handled)/.test(name)),
      beforeSend: (event) => JSON.parse(redact(JSON.stringify(event), secrets)) as typeof event,
      beforeBreadcrumb: (crumb) => JSON.parse(redact(JSON.stringify(crumb), secrets)) as typeof crumb,
    });
    return {
      capture: (error, tags) => void sentry.captureException(error, tags && { tags }),
      flush: async (limitMs) => void (await sentry.flush(limitMs)),
    };
  } catch (error) {
    log.warn({ event: 'sentry:failed', err: error }, '⚠️ Sentry could not be set up; errors are only logged');
    return silent;
  }
}
