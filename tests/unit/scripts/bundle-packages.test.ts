import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
/** Two seconds of computing for each time that all is bundled, and many times that where all cores are busy. */
const LIMIT_MS = 120_000;
const place = (name: string) => join(packages, name);

let folder: string;
let packages: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tux-packages-'));
  packages = join(folder, 'node_modules');
  bundle();
}, LIMIT_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bundle = () => execFileSync(process.execPath, [join(root, 'scripts/bundle-packages.mjs'), folder]);
const read = <T>(name: string) => JSON.parse(readFileSync(place(name), 'utf8')) as T;
const codeThere = () =>
  readdirSync(packages, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) => relative(packages, join(entry.parentPath, entry.name)));

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
}

function manifests(): Manifest[] {
  const names = readdirSync(packages, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /^[^.].*\/package\.json$/.test(name)).map((name) => read<Manifest>(name));
}

/** What a program in the folder `from` is given by each import: its names, also of `default`, with their types, and what functions call themselves. */
function importedBy(from: string, names: readonly string[]): Record<string, Record<string, string>> {
  const code = `
    const typeOf = (value) => (typeof value === 'function' ? 'function ' + value.name : typeof value);
    const typesOf = (value) => Object.fromEntries(Object.keys(value ?? {}).map((key) => [key, typeOf(value[key])]));
    const found = {};
    for (const name of ${JSON.stringify(names)}) {
      const { 'module.exports': _, ...module } = await import(name);
      found[name] = { ...typesOf(module.default), ...typesOf(module) };
    }
    console.log(JSON.stringify(found));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: from, encoding: 'utf8' });
  return JSON.parse(output) as Record<string, Record<string, string>>;
}

function write(name: string, text: string): void {
  mkdirSync(dirname(place(name)), { recursive: true });
  writeFileSync(place(name), text);
}

describe('scripts/bundle-packages.mjs', { timeout: LIMIT_MS }, () => {
  it('makes packages that offer what those offer that they are made of, in the same version', () => {
    const all = manifests();
    expect(all.length).toBeGreaterThan(10);
    const versions = all.map(({ name }) =>
      JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')),
    );
    expect(all.map(({ version }) => version)).toEqual(versions.map(({ version }) => version));
    const names = all.flatMap(({ name, exports }) => Object.keys(exports).map((path) => join(name, path)));
    expect(importedBy(folder, names)).toEqual(importedBy(root, names));
  });

  it('takes nothing from installed packages, but for what is there or not', () => {
    const outside = codeThere().flatMap((name) => [
      ...readFileSync(place(name), 'utf8').matchAll(/^(?:import|export) [^;]*?from "(?!node:|\.)([^"]+)";$/gm),
    ]);
    const builtins = new Set(['fs', 'path', 'os', 'stream', 'util', 'events', 'url']);
    expect(outside.map(([, name = '']) => name).filter((name) => !builtins.has(name))).toEqual([]);
    const discord = codeThere().map((name) => readFileSync(place(name), 'utf8'));
    expect(discord.some((text) => text.includes('("zlib-sync")'))).toBe(true);
    expect(discord.some((text) => text.includes('("bufferutil")'))).toBe(true);
  });

  it('keeps names, for stack traces, writes every character in one byte, and tells the licences', () => {
    const texts = codeThere().map((name) => readFileSync(place(name), 'utf8'));
    expect(texts.some((text) => /\bWebSocketManager = class extends /.test(text))).toBe(true);
    expect(texts.filter((text) => /[^\0-\x7f]/.test(text))).toEqual([]);
    const licences = readFileSync(place('LICENSES.txt'), 'utf8');
    for (const name of ['discord.js', 'undici', '@sapphire/snowflake']) expect(licences).toContain(`\n${name} `);
  });

  it('puts each CommonJS module into a function that V8 reads whole at once', () => {
    const texts = codeThere().map((name) => readFileSync(place(name), 'utf8'));
    const wrappers = texts.flatMap((text) => [...text.matchAll(/ = __commonJSMin\((.{10})/g)].map(([, head]) => head));
    expect(wrappers.length).toBeGreaterThan(500);
    expect(wrappers.filter((head) => head !== '(function(')).toEqual([]);
  });

  it('leaves alone what is the same, keeps the files of the build before, and forgets older ones', () => {
    const { exports } = read<Manifest>('zod/package.json');
    const zod = join('zod', exports['.'] ?? '');
    const time = statSync(place(zod)).mtimeMs;
    const current = codeThere();
    for (const name of ['zod/before.js', '.chunks/before.js', 'zod/older.js', 'gone/index.js']) write(name, '');
    write('gone/package.json', '{}');
    write('.current.json', JSON.stringify(['zod/before.js', '.chunks/before.js']));
    bundle();
    expect(codeThere().sort()).toEqual([...current, 'zod/before.js', '.chunks/before.js'].sort());
    expect(existsSync(place('gone'))).toBe(false); // for Node, a folder alone would be a package
    expect(statSync(place(zod)).mtimeMs).toBe(time);
    const ignored = readFileSync(place('.npmignore'), 'utf8').trim().split('\n');
    expect(ignored.sort()).toEqual(['/.chunks/before.js', '/.current.json', '/.npmignore', '/zod/before.js']);
    bundle(); // nothing has changed
    expect(existsSync(place('zod/before.js'))).toBe(true);
  });
});
