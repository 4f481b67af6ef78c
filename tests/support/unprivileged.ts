import { isRoot, NOBODY } from './postgres-binaries.js';

/**
 * Does something as somebody for whom the modes of files count: root, who may pass them by, becomes `nobody` meanwhile. For the whole
 * process, so nothing else may go on in it.
 */
export async function asUnprivileged<T>(act: () => Promise<T>): Promise<T> {
  if (!isRoot) return act();
  process.seteuid?.(NOBODY);
  try {
    return await act();
  } finally {
    process.seteuid?.(0);
  }
}
