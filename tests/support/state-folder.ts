import { readFile } from 'node:fs/promises';
import { errnoOf } from '../../shared/errors.js';

/** Locks with their folders and queues, sockets, temporary files of any name, and files that were put aside because they were torn. */
const LEFTOVER = /\.lock$|\.mutex|\.sock$|\.\d+$|\.broken\./;

/** Whether an entry of a state folder has no place there once everything has stopped. */
export function isLeftover(name: string): boolean {
  return LEFTOVER.test(name);
}

/**
 * Why a file of the state folder cannot be read from its first to its last byte; null for one that is well, or that is not of JSON.
 *
 * @param isGrowing whether what follows the last line break is left out: it is being written, or was when its writer died, and nobody was
 * told that it is kept.
 */
export async function problemOfFile(path: string, { isGrowing }: { isGrowing: boolean }): Promise<string | null> {
  if (!/\.(json|jsonl|journal)$/.test(path)) return null;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return errnoOf(error) ?? String(error);
  }
  const lines = isGrowing ? text.split('\n').slice(0, -1) : text.split('\n');
  const bad = (path.endsWith('.json') ? [text] : lines.filter(Boolean)).find((part) => !isJson(part));
  return bad === undefined ? null : `not JSON: ${bad.slice(0, 200)}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
