import { isoTime } from '../iso-time.js';
/** The log line, with its line break, that stands where lines are missing. `fields` are those of every line of that log. */
export function lossNotice(lost: number, fields: Readonly<Record<string, unknown>>, now: number): string {
  const lines = lost === 1 ? '1 line is' : `${lost} lines are`;
  const line = {
    level: 40,
    time: isoTime(now),
    ...fields,
    event: 'log:lines-lost',
    lost,
    msg: `⚠️ ${lines} missing here: the log could not be written`,
  };
  return `${JSON.stringify(line)}\n`;
}
