import { wantsColor } from '../../shared/cli/color.js';
import { terminalFormat } from '../../shared/logging/terminal-format.js';

/** Lines for people on a terminal and in the journal; null, which is JSON, for everything else. */
export async function outputFormat(): Promise<((line: string) => string) | null> {
  if (process.stdout.isTTY) return terminalFormat(wantsColor(true, process.env));
  const { JOURNAL_STREAM } = process.env;
  if (JOURNAL_STREAM === undefined) return null;
  const { isJournal, journalFormat } = await import('../systemd/journal-format.js');
  return isJournal(process.stdout.fd, JOURNAL_STREAM) ? journalFormat : null;
}
