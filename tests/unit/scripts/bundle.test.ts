import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');

let folder: string;
let dist: string;
let chunks: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tux-bundle-'));
  dist = join(folder, 'dist');
  chunks = join(dist, 'chunks');
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  bundle();
}, 30_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bundle = () => execFileSync(process.execPath, [join(root, 'scripts/bundle.mjs'), dist], { cwd: folder });
const list = () => JSON.parse(readFileSync(join(chunks, 'current.json'), 'utf8')) as string[];
const codeOf = (name: string) => readFileSync(join(chunks, name), 'utf8');
const code = () => list().filter((name) => name.endsWith('.js'));

describe('scripts/bundle.mjs', () => {
  it('makes a program that starts without any of the packages, but for the sandbox', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const run = (...args: string[]) =>
      execFileSync(process.execPath, [join(dist, 'supervisor/main.js'), ...args], { cwd: folder, encoding: 'utf8' });
    expect(run('--version').trim()).toBe(version);
    expect(run('start', '--help')).toContain('--sandbox');
    const outside = code().flatMap((name) => [...codeOf(name).matchAll(/^import .*from "(?!node:|\.\/)(.+)";$/gm)]);
    expect(outside.map(([, name]) => name)).toEqual(['execa']);
  });

  it('takes from Node only what it uses, and starts without its heavy modules', () => {
    const always = code().filter((name) => /^(?:cli|notifier|start)-[\w-]{8}\.js$/.test(name));
    expect(always).toHaveLength(3);
    const imports = always.map((name) => `await import(${JSON.stringify(join(chunks, name))});`);
    const script = `${imports.join('')} console.log(JSON.stringify(process.moduleLoadList))`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    const loaded = JSON.parse(output) as string[];
    expect(loaded).toContain('NativeModule net');
    const heavy = ['crypto', 'http', 'internal/crypto/webcrypto', 'readline', 'worker_threads', 'zlib'];
    expect(loaded.filter((name) => heavy.some((one) => name === `NativeModule ${one}`))).toEqual([]);
    expect(code().filter((name) => /^import .*"node:/m.test(codeOf(name)))).toEqual([]);
    // The first use of `performance` loads all of node:perf_hooks. The command `stop` is over before that matters.
    const timed = code().filter((name) => /\bperformance\b/.test(codeOf(name)));
    expect(timed.map((name) => name.split('-')[0])).toEqual(['stop']);
  });

  it('keeps names and lines, for stack traces, and writes every character in one byte', () => {
    expect(code().some((name) => /^var Supervisor = class \{$|^class Supervisor \{$/m.test(codeOf(name)))).toBe(true);
    expect(code().filter((name) => /[^\0-\x7f]/.test(codeOf(name)))).toEqual([]);
  });

  it('leaves the chunks of the build before to a supervisor that still runs, and forgets older ones', () => {
    const current = list();
    const put = (name: string) => writeFileSync(join(chunks, name), '');
    put('before.js');
    put('older.js');
    writeFileSync(join(chunks, 'current.json'), JSON.stringify(['before.js']));
    bundle();
    const others = ['.npmignore', 'before.js', 'current.json'];
    expect(readdirSync(chunks).sort()).toEqual([...current, ...others].sort());
    expect(readFileSync(join(chunks, '.npmignore'), 'utf8').trim().split('\n').sort()).toEqual(others);
    bundle(); // nothing has changed
    expect(readdirSync(chunks)).toContain('before.js');
  }, 30_000);
});
