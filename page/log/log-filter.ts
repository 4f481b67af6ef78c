import { type LogLevel, type LogLine, logLevels } from './log-line.js';

/** Which lines are shown. */
export interface LogFilter {
  /** This level and those above it. */
  readonly level: LogLevel;
  /** Words that must all be in the line, in any case and order. */
  readonly search: string;
}

/** Whether a line passes. Pure. */
export function passes({ level, searchText }: LogLine, filter: LogFilter): boolean {
  if (logLevels.indexOf(level) < logLevels.indexOf(filter.level)) return false;
  const words = filter.search.toLowerCase().split(/\s+/);
  return words.every((word) => searchText.includes(word));
}
