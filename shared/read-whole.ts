import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Up to here a read takes less than its way through the thread pool. */
const SMALL_BYTES = 65_536;

/**
 * All that is in a file. A small one is read at once: each of its four calls (open, stat, read, close) would otherwise wait for a thread
 * and for a turn of the loop, and a start reads a dozen of them.
 *
 * @throws what the file system says: ENOENT when there is none.
 */
export async function readWhole(path: string): Promise<Buffer> {
  return statSync(path).size > SMALL_BYTES ? await readFile(path) : readFileSync(path);
}
