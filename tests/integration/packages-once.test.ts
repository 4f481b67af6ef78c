import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const dist = resolve(import.meta.dirname, '../../dist');
const bundled = join(dist, 'node_modules');
/** Those that a worker always loads. */
const names = [
  '@discordjs/ws',
  'commander',
  'discord-api-types',
  'discord.js',
  'pg',
  'pino',
  'prom-client',
  'proper-lockfile',
  'reflect-metadata',
  'typeorm',
  'ulid',
  'ws',
  'zod',
];
const IMPORT =
  /^(?:import|export)\s[^'"=;]*?\bfrom\s*'([^'.][^']*)'|^import\s*'([^'.][^']*)'|\bimport\('([^'.][^']*)'\)/gm;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tux-packages-once-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const filesBelow = (place: string, ends: RegExp) =>
  readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((name) => ends.test(name))
    .map((name) => join(place, name));

it('gives every compiled module the same copy of each bundled package', () => {
  const programs = ['bot', 'shared', 'sandbox'].flatMap((part) => filesBelow(join(dist, part), /\.js$/));
  const imports = programs.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, named, whole, later]) => ({
      file,
      to: named ?? whole ?? later ?? '',
    })),
  );
  const ours = imports.filter(({ to }) => names.some((name) => to === name || to.startsWith(`${name}/`)));
  expect(ours.length).toBeGreaterThan(100);
  expect(ours.filter(({ file, to }) => !createRequire(file).resolve(to).startsWith(bundled))).toEqual([]);
});

it('loads no file of an installed package that is bundled, and each bundled one once', () => {
  const modules = ['app/assembly.js', 'app/start-sequence.js', 'app/standby.js', 'cli/program.js'];
  const load = `
    for (const name of ${JSON.stringify(modules)}) await import('${dist}/bot/' + name);
    const { cogEntries } = await import('${dist}/bot/cogs/index.js');
    for (const { load } of cogEntries) await load();`;
  // Whatever V8 ran, whichever way Node loaded it.
  execFileSync(process.execPath, ['--input-type=module', '-e', load], {
    env: { ...process.env, NODE_V8_COVERAGE: folder },
  });
  const loaded = filesBelow(folder, /\.json$/).flatMap((path) => {
    const { result } = JSON.parse(readFileSync(path, 'utf8')) as { result: { url: string }[] };
    return result.map(({ url }) => url.replace('file://', ''));
  });
  expect(loaded.some((path) => path.startsWith(join(bundled, 'discord.js/')))).toBe(true);
  expect(loaded.some((path) => path.startsWith(join(dist, 'bot/cogs/fun/')))).toBe(true);
  const installed = loaded.filter(
    (path) => !path.startsWith(bundled) && names.some((name) => path.includes(`/node_modules/${name}/`)),
  );
  expect(installed).toEqual([]);
  const entries = loaded.filter((path) => path.startsWith(bundled));
  expect(new Set(entries).size).toBe(entries.length);
});
