import { isTuxError } from '../../shared/errors.js';
import type { Logger } from '../../shared/logging/logger.js';
import { scrub } from '../../shared/scrub.js';
import type { Tags, TraceRecord } from './trace.js';

/** Figures that belong with every report: `bot_stats`. */
export type Figures = Readonly<Record<string, number>>;

/** Reports to Sentry. Without a DSN it does nothing and loads nothing: Sentry alone costs 290 ms and 44 MB. Never throws. */
export interface ErrorReporter {
  /** The tag `error.type` is the code of a TuxError, otherwise the name of the error. */
  capture(error: unknown, tags?: Tags): void;
  /** Something worth knowing that is no error. */
  captureMessage(message: string, tags?: Tags): void;
  /** Tags of everything that is reported from now on. */
  tag(tags: Tags): void;
  /** A context of everything that is reported from now on, read anew for each report. */
  attach(context: string, read: () => Figures): void;
  /** Work that is over; sampled by SENTRY_TRACES_SAMPLE_RATE. */
  trace(record: TraceRecord): void;
  /** Sends what is left, within `limitMs`. Callers share one flush at a time. */
  flush(limitMs: number): Promise<void>;
}

const silent: ErrorReporter = {
  capture: () => {},
  captureMessage: () => {},
  tag: () => {},
  attach: () => {},
  trace: () => {},
  flush: async () => {},
};

export interface ErrorReporterOptions {
  readonly dsn: string | undefined;
  /** Share of the traces that are sent, 0 to 1. With 0 none are even made. */
  readonly tracesSampleRate: number;
  readonly release: string;
  readonly secrets: readonly string[];
  readonly log: Logger;
}

/** Integrations that would listen to the process: signals and fatal errors have one owner, and that is not Sentry. */
const FOREIGN = /^(OnUncaughtException|OnUnhandledRejection|ProcessSession)$/;

type Sentry = typeof import('@sentry/node');

/** Sets Sentry up if there is a DSN. A Sentry that cannot be set up is logged; it must never keep the bot from starting. */
export async function createErrorReporter(options: ErrorReporterOptions): Promise<ErrorReporter> {
  if (options.dsn === undefined) return silent;
  try {
    const sentry = await import('@sentry/node');
    return new SentryReporter(sentry, options);
  } catch (error) {
    options.log.warn({ event: 'sentry:failed', err: error }, '⚠️ Sentry could not be set up; errors are only logged');
    return silent;
  }
}

class SentryReporter implements ErrorReporter {
  readonly #sentry: Sentry;
  readonly #options: ErrorReporterOptions;
  readonly #contexts = new Map<string, () => Figures>();
  #flushing: Promise<void> | undefined;

  constructor(sentry: Sentry, options: ErrorReporterOptions) {
    const { dsn, release, tracesSampleRate } = options;
    this.#sentry = sentry;
    this.#options = options;
    sentry.init({
      dsn,
      release,
      // Not the default ones: with tracing on they would also record every query with its text and every request.
      defaultIntegrations: sentry.getDefaultIntegrationsWithoutPerformance().filter(({ name }) => !FOREIGN.test(name)),
      ...(tracesSampleRate > 0 && { tracesSampleRate }),
      tracePropagationTargets: [],
      sendClientReports: false, // it would send one when the process ends
      beforeSend: (event) => this.#complete(event),
      beforeSendTransaction: (event) => this.#complete(event),
    });
  }

  capture(error: unknown, tags: Tags = {}): void {
    const type = isTuxError(error) ? error.code : error instanceof Error ? error.name : typeof error;
    this.#safely(() => this.#sentry.captureException(error, { tags: { 'error.type': type, ...tags } }));
  }

  captureMessage(message: string, tags: Tags = {}): void {
    this.#safely(() => this.#sentry.captureMessage(message, { level: 'info', tags }));
  }

  tag(tags: Tags): void {
    this.#safely(() => this.#sentry.getGlobalScope().setTags(tags));
  }

  attach(context: string, read: () => Figures): void {
    this.#contexts.set(context, read);
  }

  trace(record: TraceRecord): void {
    if (this.#options.tracesSampleRate === 0) return;
    this.#safely(() => this.#send(record));
  }

  flush(limitMs: number): Promise<void> {
    this.#flushing ??= this.#sentry
      .flush(limitMs)
      .then(
        () => {},
        (error: unknown) => this.#noteFailure(error),
      )
      .finally(() => {
        this.#flushing = undefined;
      });
    return this.#flushing;
  }

  #send({ name, op, startedAt, endedAt, isOk, tags, parts }: TraceRecord): void {
    const sentry = this.#sentry;
    const root = sentry.withScope((scope) => {
      scope.setTags(tags); // of the whole transaction, to search by; attributes belong to one span
      return sentry.startInactiveSpan({ name, op, startTime: startedAt, parentSpan: null, forceTransaction: true });
    });
    root.setAttributes(tags).setStatus(statusOf(isOk));
    for (const part of parts) {
      const span = sentry.startInactiveSpan({ name: part.name, op, startTime: part.startedAt, parentSpan: root });
      span.setAttributes(part.tags).setStatus(statusOf(part.isOk));
      span.end(part.endedAt);
    }
    root.end(endedAt);
  }

  /** The last look at everything that is sent. */
  #complete<E extends { contexts?: object; sdkProcessingMetadata?: object }>(event: E): E {
    // Sentry's own objects; it takes them out before it sends.
    const { sdkProcessingMetadata, ...sent } = event;
    const figures = Object.fromEntries([...this.#contexts].map(([name, read]) => [name, read()]));
    const contexts = { ...event.contexts, ...figures };
    return { ...scrub({ ...sent, contexts }, this.#options.secrets), sdkProcessingMetadata } as E;
  }

  /** A report must not make things worse. */
  #safely(report: () => unknown): void {
    try {
      report();
    } catch (error) {
      this.#noteFailure(error);
    }
  }

  #noteFailure(err: unknown): void {
    this.#options.log.warn({ event: 'sentry:report:failed', err }, '⚠️ A report to Sentry could not be made');
  }
}

/** Sentry's codes: 1 is ok, 2 an error. */
function statusOf(isOk: boolean): { code: 1 | 2 } {
  return { code: isOk ? 1 : 2 };
}
