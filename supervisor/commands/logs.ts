import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { wantsColor } from '../../shared/cli/color.js';
import { terminalFormat } from '../../shared/logging/terminal-format.js';
import type { LogQuery } from '../logs/log-query.js';
import { LogReader } from '../logs/log-reader.js';

/** Lines that are shown when it is not said how many. */
const DEFAULT_LINES = 50;

/** What was typed after `tux-supervisor logs`. */
export interface LogsOptions extends LogQuery {
  /** The last so many; undefined for 50, or for all that fit where time or run say which. */
  readonly lines: number | undefined;
  readonly follow: boolean;
  readonly json: boolean;
}

/**
 * `tux-supervisor logs`: writes the lines of the log that are wanted, also those that were put aside, and with `follow` goes
 * on until it is interrupted. Ends quietly when nobody reads any more (`| head`).
 *
 * @throws TuxError TUX_NO_LOG (exit 1) when there is none, TUX_NOT_ALLOWED (exit 1) for another user's.
 */
export async function showLogs(
  path: string,
  options: LogsOptions,
  output: Writable & { isTTY?: boolean },
): Promise<void> {
  const format = options.json
    ? (line: string) => line
    : await terminalFormat(wantsColor(output.isTTY === true, process.env));
  const readerGone = new AbortController();
  const onError = () => readerGone.abort();
  output.on('error', onError);
  const log = await LogReader.open(path);
  try {
    for await (const line of wantedLines(log, options, readerGone.signal)) {
      if (!output.write(format(`${line}\n`))) await once(output, 'drain', { signal: readerGone.signal });
      readerGone.signal.throwIfAborted();
    }
  } catch (error) {
    if (!readerGone.signal.aborted) throw error;
  } finally {
    await log.close();
    output.off('error', onError);
  }
}

async function* wantedLines(log: LogReader, options: LogsOptions, signal: AbortSignal): AsyncGenerator<string> {
  const { lines, since, runId, follow } = options;
  const isAll = lines === undefined && (since !== undefined || runId !== undefined);
  if (isAll) yield* log.all(options);
  else yield* await log.last(lines ?? DEFAULT_LINES, options);
  if (follow) yield* log.follow(options, signal);
}
