import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Status } from '../../shared/control/status.js';
import { resolvePaths } from '../../shared/paths.js';
import { makeEmbedded } from '../support/database-backends.js';
import { eventually, processesWith } from '../support/processes.js';
import { Terminal } from '../support/terminal.js';

const root = resolve(import.meta.dirname, '../..');
/** Making it takes fifteen seconds of computing, installing it some more, and many times that where all cores are busy. */
const PACK_MS = 240_000;
const INSTALL_MS = 120_000;
/** Not compiled, or compiled and no part of the programs. */
const LEFT_OUT = /^(?:shared\/testing|page\/.*\.json$)/;
const PARTS = [
  /^(?:package\.json|CHANGELOG\.md|LICENSE|README\.md)$/,
  /^(?:assets|docs)\/.+/,
  /^deploy\/(?:README\.md|grafana-dashboard\.json|prometheus-rules\.yaml|tux\.service)$/,
  /^dist\/(?:bot|chunks|page|sandbox|shared)\/.+\.js(?:\.map)?$/,
  /^dist\/node_modules\/(?:LICENSES\.txt|(?:@discordjs\/)?[\w.-]+\/(?:package\.json|[\w.-]+\.js))$/,
  /^dist\/supervisor\/main\.js(?:\.map)?$/,
  /^dist\/empty-database\.tar\.gz$/,
];

let folder: string;
let checkout: string;
/** What is in the package, below its root. */
let packed: string[];
let unpacked: string;
/** What the installed commands run with: nothing of Tux is set, and they are found by their names. */
let env: Record<string, string>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tux-package-'));
  checkout = copyCheckout();
  // Of an earlier build: something else, something whose source is gone, and a chunk that only a running supervisor needs.
  for (const name of ['bot/main.js', 'bot/gone.js', 'chunks/gone.js', 'node_modules/zod/gone.js'])
    appendFileSync(join(checkout, 'dist', name), '// stale');
  const pack = spawnSync('npm', ['pack', '--silent'], { cwd: checkout, encoding: 'utf8' });
  expect(pack, pack.stderr).toMatchObject({ status: 0, stderr: expect.not.stringContaining('Installing') });
  const tarball = join(checkout, pack.stdout.trim().split('\n').at(-1) ?? '');
  execFileSync('tar', ['-xzf', tarball], { cwd: folder });
  unpacked = join(folder, 'package');
  packed = filesBelow(unpacked);
}, PACK_MS);
afterAll(() => {
  for (const pid of processesWith(`TUX_TEST_PACKAGE=${folder}`)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** This checkout with what it has compiled. Its packages are links, so that nothing that happens here can reach them. */
function copyCheckout(): string {
  const copy = join(folder, 'checkout');
  mkdirSync(join(copy, 'node_modules'), { recursive: true });
  // With times of modification: by them `npm run setup` tells whether there is something to compile.
  execFileSync('cp', ['-a', '--parents', ...trackedFiles(), 'dist', copy], { cwd: root });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  }
  return copy;
}

function trackedFiles(...below: string[]): string[] {
  const args = ['ls-files', '-co', '--exclude-standard', '-z', '--', ...below];
  const names = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0');
  return names.filter((name) => name !== '' && existsSync(join(root, name)));
}

function filesBelow(place: string): string[] {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(place, join(entry.parentPath, entry.name)))
    .sort();
}

function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(...path), 'utf8')) as T;
}

const IMPORT =
  /^(?:import|export)\s[^'"=;]*?\bfrom\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\)/gm;

/** The packages that a compiled file imports, by name, and the files, below the package. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(unpacked, file), 'utf8');
  return [...text.matchAll(IMPORT)].map(([, named, whole, later]) => {
    const path = named ?? whole ?? later ?? '';
    if (path.startsWith('.')) return join(dirname(file), path);
    return path.split('/', path.startsWith('@') ? 2 : 1).join('/');
  });
}

describe('the package that npm pack makes', () => {
  it('has the programs, the page, the documents and nothing else', () => {
    expect(packed.filter((file) => !PARTS.some((part) => part.test(file)))).toEqual([]);
    const sources = trackedFiles('bot', 'page', 'sandbox', 'shared').filter((file) => !LEFT_OUT.test(file));
    const compiled = sources.map((file) => `dist/${file.replace(/\.ts$/, '.js')}`);
    const wanted = [...compiled, ...trackedFiles('assets', 'docs'), 'LICENSE', 'README.md', 'CHANGELOG.md'];
    expect(wanted.filter((file) => !packed.includes(file))).toEqual([]);
    expect(packed).toContain('dist/node_modules/discord.js/package.json'); // without it a start takes twice as long
    expect(packed).toContain('dist/empty-database.tar.gz'); // without it the first start takes twice the memory
    expect(packed.filter((file) => file.includes('testing') || file.includes('gone'))).toEqual([]);
  });

  it('was compiled for it, whatever was there before', () => {
    const stale = packed.filter((file) => readFileSync(join(unpacked, file), 'utf8').endsWith('// stale'));
    expect(stale).toEqual([]);
    expect(readFileSync(join(unpacked, 'dist/supervisor/main.js'), 'utf8')).toContain('../chunks/');
  });

  it('imports only what is in it and what it depends on', () => {
    const { dependencies } = readJson<{ dependencies: Record<string, string> }>(unpacked, 'package.json');
    const known = new Set([...packed, ...Object.keys(dependencies), ...builtinModules]);
    const programs = packed.filter((file) => /^dist\/(?!page\/|node_modules\/).*\.js$/.test(file));
    const imports = programs.flatMap((file) => importsOf(file).map((to) => ({ file, to })));
    expect(imports.length).toBeGreaterThan(1_000);
    expect(imports.filter(({ to }) => !to.startsWith('node:') && !known.has(to))).toEqual([]);
  });
});

/**
 * npm unpacks the package and links its commands. What it depends on, npm has fetched and unpacked for this checkout: that is linked, as
 * far as the lockfile says that it is not for development alone. To have it fetched once more takes ten times as long.
 *
 * @returns where the package is.
 */
function installGlobally(prefix: string): string {
  const alone = join(folder, 'alone');
  execFileSync('cp', ['-a', unpacked, alone]);
  const { dependencies: _, ...manifest } = readJson<Record<string, unknown>>(unpacked, 'package.json');
  writeFileSync(join(alone, 'package.json'), JSON.stringify(manifest));
  const tarball = join(folder, 'alone.tar');
  execFileSync('tar', ['-cf', tarball, '-C', folder, 'alone']);
  const install = ['install', '--global', '--prefix', prefix, '--offline', '--no-audit', '--no-fund', tarball];
  execFileSync('npm', install, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const installed = join(prefix, 'lib/node_modules/tux-supervisor');
  cpSync(join(unpacked, 'package.json'), join(installed, 'package.json'));
  const { packages } = readJson<{ packages: Record<string, { dev?: true; devOptional?: true }> }>(
    root,
    'node_modules/.package-lock.json',
  );
  const names = Object.keys(packages).filter((name) => !packages[name]?.dev && !packages[name]?.devOptional);
  const copy = (...how: string[]) => spawnSync('cp', [...how, '--parents', ...names, installed], { cwd: root });
  if (copy('-al').status !== 0 && copy('-a', '--remove-destination').status !== 0) throw new Error('cp failed'); // no links from disk to disk
  return installed;
}

describe('installed globally into an empty prefix', () => {
  it(
    'gives both commands, which work in any folder and write to that folder only',
    async () => {
      const prefix = join(folder, 'prefix');
      const installed = installGlobally(prefix);
      const before = filesBelow(installed);
      expectPackages(installed);

      const work = join(folder, 'work');
      // A database that is made already: `fresh-checkout.test.ts` has a new one made.
      await makeEmbedded(resolvePaths({ stateDir: join(work, 'state'), logDir: join(work, 'logs') }));
      const path = [join(prefix, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(':');
      env = { PATH: path, HOME: folder, TUX_TEST_PACKAGE: folder, TUX_STANDBY: 'off', TUX_HTTP_PORT: '0' };
      const { version } = readJson<{ version: string }>(root, 'package.json');
      for (const program of ['tux', 'tux-supervisor']) {
        expect(run('/', program, '--version')).toEqual({ code: 0, output: `${version}\n` });
      }

      const terminal = new Terminal('tux-supervisor', ['start', '--sandbox'], { cwd: work, env });
      await terminal.shows("\n     tux sandbox say '$ping'");
      const ping = run(work, 'tux', 'sandbox', 'say', '$ping');
      expect(ping).toMatchObject({ code: 0, output: expect.stringContaining('Pong') });
      const status = run('/', 'tux-supervisor', 'status', '--json', '--state-dir', join(work, 'state'));
      const { state, ready, http } = JSON.parse(status.output) as Status;
      expect({ state, ready }).toEqual({ state: 'RUNNING', ready: true });
      await expectPage(new URL(http?.url ?? ''));
      expect(run(work, 'tux-supervisor', 'stop')).toMatchObject({ code: 0 });
      expect(await terminal.ended).toMatchObject({ code: 0 });

      expect(readdirSync(work).sort()).toEqual(['logs', 'state']);
      expect(existsSync(join(work, 'state/history.jsonl'))).toBe(true);
      expect(existsSync(join(work, 'logs/tux.log'))).toBe(true);
      expect(filesBelow(installed)).toEqual(before);
      await eventually('no process is left', () => processesWith(`TUX_TEST_PACKAGE=${folder}`).length === 0);
    },
    INSTALL_MS + 60_000,
  );
});

function run(cwd: string, program: string, ...args: string[]): { code: number | null; output: string } {
  const { status, stdout } = spawnSync(program, args, { cwd, env, encoding: 'utf8' });
  return { code: status, output: stdout };
}

/** Our dependencies in the versions that the tests ran with, and nothing that is only for tests. */
function expectPackages(installed: string): void {
  type Manifest = Record<'dependencies' | 'devDependencies', Record<string, string>>;
  const { dependencies, devDependencies } = readJson<Manifest>(root, 'package.json');
  const place = (name: string) => join(installed, 'node_modules', name);
  const versionOf = (name: string) => readJson<{ version: string }>(place(name), 'package.json').version;
  const names = Object.keys(dependencies);
  expect(Object.fromEntries(names.map((name) => [name, versionOf(name)]))).toEqual(dependencies);
  const forTests = Object.keys(devDependencies).filter((name) => !name.startsWith('@types/')); // some come with discord.js
  expect(forTests.filter((name) => existsSync(place(name)))).toEqual([]);
}

/** The page comes with its script and its styles. */
async function expectPage(url: URL): Promise<void> {
  const html = await (await fetch(url)).text();
  const files = [...html.matchAll(/(?:src|href)="([^":]+\.(?:js|css))"/g)].map(([, file = '']) => new URL(file, url));
  expect(files.length).toBeGreaterThan(1);
  for (const file of files) expect({ file: file.pathname, ok: (await fetch(file)).ok }).toMatchObject({ ok: true });
}
