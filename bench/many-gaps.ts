import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startSandbox } from '../sandbox/index.js';
import { type Cause, type Gap, measureGap } from './gap.js';
import { SupervisedTux } from './supervised-tux.js';
import { inTemporaryFolder } from './support/temporary-folder.js';

/** Five crashes within a minute, and the supervisor would hold Tux back. */
const CRASHES_PER_SUPERVISOR = 4;
const PRELOAD = pathToFileURL(join(import.meta.dirname, 'shortest-wait.js')).href;

/** So many changes of workers. @param settings of the supervisor; TUX_STANDBY among them. */
export async function manyGaps(settings: Record<string, string>, cause: Cause, count: number): Promise<Gap[]> {
  const gaps: Gap[] = [];
  while (gaps.length < count) {
    const left = count - gaps.length;
    const size = cause === 'kill -9' ? Math.min(CRASHES_PER_SUPERVISOR, left) : left;
    gaps.push(...(await inTemporaryFolder((folder) => gapsOfOne(folder, settings, cause, size))));
  }
  return gaps;
}

/** One installation, from its first start on. */
async function gapsOfOne(
  folder: string,
  settings: Record<string, string>,
  cause: Cause,
  count: number,
): Promise<Gap[]> {
  const sandbox = await startSandbox();
  const tux = new SupervisedTux(sandbox, folder, settings, PRELOAD);
  try {
    await tux.until('commands:registered');
    let from = 0;
    const gaps: Gap[] = [];
    while (gaps.length < count) {
      if (settings.TUX_STANDBY === 'on') await tux.until('standby:ready', from);
      from = tux.log.lines.length;
      gaps.push(await measureGap(tux, sandbox, cause));
    }
    return gaps;
  } finally {
    await tux.stop();
    await sandbox.close();
  }
}
