import { type DestinationStream, type Logger, pino } from 'pino';
import { isoTime } from '../iso-time.js';
import { redact } from '../redact.js';

export type { Logger } from 'pino';

export interface LoggerOptions {
  readonly level: string;
  /** Which program writes: `supervisor`, `worker`, `sandbox`. */
  readonly name: string;
  /** Where the JSON lines go; each call is one whole line. */
  readonly destination: DestinationStream;
  /** Literals that must never appear. */
  readonly secrets: readonly string[];
  /** Fields of every line, e.g. the run. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * JSON lines: `{level, time, name, ...fields, event, msg}`. `event` is a stable `noun:verb` identifier to search for,
 * `msg` the sentence for people. Secrets are taken out of the finished line, so no field or error can smuggle one in.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { destination, secrets } = options;
  const redacting: DestinationStream = { write: (line) => destination.write(redact(line, secrets)) };
  return pino(
    {
      level: options.level,
      base: { name: options.name, ...options.fields },
      timestamp: () => `,"time":"${isoTime(Date.now())}"`,
      serializers: { err: pino.stdSerializers.errWithCause },
    },
    redacting,
  );
}

/** A logger that says nothing: for tests and short commands. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
