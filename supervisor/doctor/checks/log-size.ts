import { formatBytes } from '../../../shared/cli/format.js';
import { type Check, ok, quoted, skipped, warn } from '../check.js';
import { totalBytes, walk } from '../walk.js';

/** What is deleted only at the next rotation. */
const SLACK = 1.25;

/** Whether the log folder keeps within its limit. */
export const logSizeCheck: Check = {
  name: 'log size',
  async run({ paths, env }, signal) {
    if (env.TUX_LOG_TOTAL_MB === undefined) return skipped('TUX_LOG_TOTAL_MB is not valid');
    const bytes = totalBytes(await walk(paths.logDir, signal));
    const limit = env.TUX_LOG_TOTAL_MB * 1_000_000;
    const summary = `${formatBytes(bytes)} of at most ${formatBytes(limit)}`;
    if (bytes <= limit * SLACK) return ok(summary);
    return warn(`${summary} in ${paths.logDir}`, `see what else lies there: ls -laS ${quoted(paths.logDir)}`);
  },
};
