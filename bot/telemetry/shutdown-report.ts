import type { ShutdownReason } from '../../shared/ipc-protocol.js';
import type { ErrorReporter } from './error-reporter.js';
import { type SpanRecord, spanEndingAt, type TraceRecord } from './trace.js';

/** What is kept of a phase of the shutdown. */
interface PhaseTiming {
  readonly name: string;
  readonly ms: number;
  readonly error?: string;
}

/** Says why the bot shuts down, first of all: whatever is reported from here on carries it. */
export function reportShutdown(reporter: ErrorReporter, { kind, signal }: ShutdownReason): void {
  reporter.tag({ 'shutdown.reason': kind, ...(signal && { 'signal.received': signal }) });
  if (signal) reporter.captureMessage(`Received ${signal}`);
}

/** The shutdown up to `endedAt` (Unix milliseconds) as one trace, `bot.shutdown`, with a part for each phase. */
export function shutdownTrace(
  phases: readonly PhaseTiming[],
  { kind, signal }: ShutdownReason,
  endedAt: number,
): TraceRecord {
  const parts: SpanRecord[] = [];
  let end = endedAt; // one phase follows upon the other, so their lengths say when each was
  for (const { name, ms, error } of phases.toReversed()) {
    const isOk = error === undefined;
    parts.unshift(spanEndingAt(end, ms, { name: `bot.shutdown_${name.replaceAll(' ', '_')}`, isOk, tags: {} }));
    end -= ms;
  }
  const isOk = parts.every((part) => part.isOk);
  const tags = { 'shutdown.reason': kind, ...(signal && { 'signal.received': signal }) };
  return { ...spanEndingAt(endedAt, endedAt - end, { name: 'bot.shutdown', isOk, tags }), op: 'shutdown', parts };
}
