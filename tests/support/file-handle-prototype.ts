import { type FileHandle, open } from 'node:fs/promises';

/** The prototype all file handles share, to watch or to break what code does to its files. */
export async function fileHandlePrototype(): Promise<FileHandle> {
  const handle = await open(import.meta.filename, 'r');
  await handle.close();
  return Object.getPrototypeOf(handle) as FileHandle;
}
