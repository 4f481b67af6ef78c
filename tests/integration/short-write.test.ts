import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensureCompiled } from '../support/compiled.js';

const SOURCE = 'shared/atomic-file.ts';
const LIMIT_BYTES = 4_096;

let folder: string;
let file: string;
beforeEach(() => {
  ensureCompiled([SOURCE]);
  folder = mkdtempSync(join(tmpdir(), 'tux-short-'));
  file = join(folder, 'state.json');
  writeFileSync(file, 'the old content');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** In a process that may write so much to a file, and not more: what is beyond is cut off by the system without an error. */
function replaceUnderLimit(write: 'replaceFile' | 'replaceVolatileFile', length: number): string {
  const module = pathToFileURL(resolve('dist', SOURCE.replace(/ts$/, 'js'))).href;
  const program = `
    const { ${write} } = await import(${JSON.stringify(module)});
    try {
      await ${write}(${JSON.stringify(file)}, 'x'.repeat(${length}));
      console.log('written');
    } catch ({ code, message }) {
      console.log(code, message);
    }`;
  const args = [`--fsize=${LIMIT_BYTES}`, process.execPath, '--input-type=module', '--eval', program];
  return execFileSync('prlimit', args, { encoding: 'utf8' }).trim();
}

it.each(['replaceFile', 'replaceVolatileFile'] as const)(
  '%s keeps the old file when the disk takes only the beginning of the new one',
  (write) => {
    expect(replaceUnderLimit(write, LIMIT_BYTES)).toBe('written');
    writeFileSync(file, 'the old content');
    expect(replaceUnderLimit(write, LIMIT_BYTES + 1)).toMatch(/^TUX_STATE_WRITE .*EFBIG/);
    expect(readFileSync(file, 'utf8')).toBe('the old content');
    expect(readdirSync(folder)).toEqual(['state.json']);
  },
);
