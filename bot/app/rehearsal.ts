import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireLock } from '../../shared/instance-lock.js';
import { isoTime } from '../../shared/iso-time.js';
import { redact } from '../../shared/redact.js';

// What a standby does for practice, so that it takes no longer than usual when it takes over: functions are compiled, and modules of
// Node loaded, when they are first used.

const ROUNDS = 5;
/** Above what Linux gives to any process (proc_pid_max(5)). */
const PID_OF_NOBODY = 2 ** 22 + 1;

/**
 * Takes the secrets out of a few lines of the log. V8 compiles an expression once for texts of Latin letters, and once more for those
 * with any other character.
 */
export function rehearseLogging(secrets: readonly string[]): void {
  for (const msg of ['a line of the log', '✅ a line of the log']) {
    const line = JSON.stringify({ time: isoTime(Date.now()), event: 'rehearsal', msg });
    for (let round = 0; round < ROUNDS; round += 1) redact(line, secrets);
  }
}

/**
 * Takes over a lock of a dead process a few times, in a temporary folder that is gone afterwards, unless the process is killed in these
 * milliseconds. Never rejects.
 *
 * @param signal ends it after the round that it is at.
 */
export async function rehearseLock(signal: AbortSignal): Promise<void> {
  let folder: string | undefined;
  try {
    folder = await mkdtemp(join(tmpdir(), 'tux-rehearsal-'));
    const file = join(folder, 'bot.lock');
    for (let round = 0; round < ROUNDS && !signal.aborted; round += 1) {
      const lock = await acquireLock({ file, signal, onCompromised: () => {} });
      await lock.release();
      await writeFile(file, JSON.stringify({ ...lock.owner, pid: PID_OF_NOBODY }));
    }
  } catch {
    // a folder that cannot be written to is told of when it matters
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}
