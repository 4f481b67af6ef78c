import { watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { errnoOf, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';

const CHUNK_BYTES = 64 * 1024;

/**
 * The last `count` lines of a log file, oldest first, and where the file ended.
 *
 * @throws TuxError TUX_NO_LOG (exit 1) when there is no such file.
 */
export async function readLastLines(path: string, count: number): Promise<{ lines: string[]; end: number }> {
  const file = await openLog(path);
  try {
    const { size } = await file.stat();
    let text = Buffer.alloc(0);
    let start = size;
    while (start > 0 && countLines(text) <= count) {
      const length = Math.min(CHUNK_BYTES, start);
      start -= length;
      const chunk = Buffer.alloc(length);
      await file.read(chunk, 0, length, start);
      text = Buffer.concat([chunk, text]);
    }
    const lines = text.toString('utf8').split('\n').filter(Boolean);
    return { lines: count === 0 ? [] : lines.slice(-count), end: size };
  } finally {
    await file.close();
  }
}

/** Calls `onLine` for what is appended to `path` after byte `from`, over rotations, until `signal` aborts. */
export async function followLines(
  path: string,
  from: number,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let position = from;
  let inode = (await stat(path)).ino;
  let rest = '';
  const readNew = async () => {
    const info = await stat(path).catch(() => null);
    if (info === null) return; // between two files of a rotation
    if (info.ino !== inode || info.size < position) {
      inode = info.ino;
      position = 0;
    }
    const file = await openLog(path);
    try {
      const chunk = Buffer.alloc(Math.max(0, info.size - position));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
      position += bytesRead;
      const lines = (rest + chunk.toString('utf8', 0, bytesRead)).split('\n');
      rest = lines.pop() ?? '';
      lines.filter(Boolean).forEach(onLine);
    } finally {
      await file.close();
    }
  };
  await new Promise<void>((resolve, reject) => {
    let queue = Promise.resolve();
    const watcher = watch(dirname(path), (_event, name) => {
      if (name === basename(path)) queue = queue.then(readNew).catch(reject);
    });
    signal.addEventListener('abort', () => {
      watcher.close();
      resolve();
    });
    queue = queue.then(readNew).catch(reject);
  });
}

async function openLog(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    if (errnoOf(cause) !== 'ENOENT') throw cause;
    throw new TuxError('TUX_NO_LOG', `There is no log at ${path}`, {
      cause,
      exitCode: ExitCode.FAILURE,
      hint: 'nothing has run with this TUX_LOG_DIR yet',
    });
  }
}

function countLines(text: Buffer): number {
  let count = 0;
  for (const byte of text) if (byte === 10) count += 1;
  return count;
}
