import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** What a worker is made of, beside the folder of its program; seen from there. */
const NEIGHBOURS = ['../shared', '../node_modules', '../../package.json', '../../package-lock.json', '../../assets'];
/** Comes with a compiled file and changes with it. */
const BESIDE = /\.(map|d\.ts)$/;

/**
 * Tells one build from another by the names, sizes and times of its files; nothing is read. Files that come and go meanwhile
 * are left out: then the next look sees another build. Takes 3 ms, and not less in all if it took turns with other work.
 *
 * @param program the compiled program of the worker, `…/dist/bot/main.js`.
 */
export function fingerprintOf(program: string): string {
  const folder = dirname(program);
  const sum = new Checksum();
  for (const place of [folder, ...NEIGHBOURS.map((path) => join(folder, path))]) addTo(sum, place);
  return sum.toString();
}

function addTo(sum: Checksum, path: string): void {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) return;
  sum.addText(basename(path));
  if (!info.isDirectory()) {
    for (const number of [info.size, info.mtimeMs, info.mtimeMs * 1_000]) sum.add(number);
    return;
  }
  const names = namesIn(path).filter((name) => !BESIDE.test(name));
  sum.add(names.length);
  for (const name of names) addTo(sum, join(path, name));
}

/**
 * Of 32 bits, made as FNV-1a does it. Nobody wants to deceive here, and to load `node:crypto` for it would cost the supervisor
 * almost a megabyte.
 */
class Checksum {
  #sum = 0x811c9dc5;

  /** @param value its lower 32 bits count. */
  add(value: number): void {
    const product = Math.imul(this.#sum ^ value, 0x01000193);
    this.#sum = product ^ (product >>> 15);
  }

  addText(text: string): void {
    for (let at = 0; at < text.length; at += 1) this.add(text.charCodeAt(at));
  }

  /** 8 hexadecimal digits. */
  toString(): string {
    return (this.#sum >>> 0).toString(16).padStart(8, '0');
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return []; // it is gone
  }
}
