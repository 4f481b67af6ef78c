// Makes a checkout ready to run: dependencies from the lockfile, compiled programs, the commands `tux` and
// `tux-supervisor`. Uses nothing but Node itself, and does nothing when nothing has changed since the last time. With `--anew`
// it compiles all the same: what goes into a package must not depend on what was done to dist/ before (see `prepack`). Only then
// types are checked here, which takes as long as all the rest: `npm test` does so anyway, and so does `npm run dev`.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const dist = join(root, 'dist');
/** Where Tux keeps what it remembers, unless it is told otherwise. */
const state = join(root, 'state');
const installStamp = join(modules, '.tux-installed');
const buildStamp = join(dist, '.tux-built');
const sourceFolders = ['supervisor', 'bot', 'shared', 'sandbox', 'bench', 'page'];
/** Of these only what a program needs is compiled. */
const partlyCompiled = [join('tests', 'chaos'), join('tests', 'support')];
const compiler = join(modules, 'typescript', 'bin', 'tsc');
/** The programs, and the status page, which runs in browsers. */
const projects = ['tsconfig.build.json', join('page', 'tsconfig.build.json')];
const bundling = join('scripts', 'ascii-chunks.mjs');
/** Puts the supervisor together; it goes last but one. */
const bundler = join('scripts', 'bundle.mjs');
/** Puts the packages of the worker together, which change only with what is installed. */
const packageBundler = join('scripts', 'bundle-packages.mjs');
const packagesStamp = join(dist, '.tux-packages');
/** Makes the database that the first start unpacks. It follows from what is installed alone, so it is not made anew. */
const databaseMaker = join('scripts', 'empty-database.mjs');
const databaseStamp = join(dist, '.tux-empty-database');
/** What the compiler and this script know of the latest build. */
const memory = [buildStamp, packagesStamp, join(dist, '.tsbuildinfo'), join(dist, '.tsbuildinfo-page')];
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const isAnew = process.argv.includes('--anew');

checkNode();
install();
if (isCheckout()) {
  if (isAnew) for (const path of memory) rmSync(path, { force: true });
  const makingDatabase = makeDatabase();
  build();
  await makingDatabase;
}
linkCommands();
if (isOurs(state)) chmodSync(state, 0o700); // git made it, with the mode of any folder

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`Node ${process.versions.node} is too old: Tux needs 20.19 or newer.`);
}

function install() {
  const wanted = hash([
    readFileSync(join(root, 'package-lock.json')),
    process.versions.modules,
    process.platform,
    process.arch,
  ]);
  if (readStamp(installStamp) === wanted) return;
  say('Installing dependencies from package-lock.json …');
  run(
    'npm',
    ['ci', '--no-audit', '--no-fund', '--loglevel=error'],
    'npm ci failed: check the network and the npm registry, then try again.',
  );
  writeFileSync(installStamp, wanted);
}

/** Installed without development dependencies, the compiled programs came with it. */
function isCheckout() {
  if (existsSync(compiler)) return true;
  if (!existsSync(dist)) fail('There is neither dist/ nor a compiler: run npm ci.');
  return false;
}

function build() {
  const sources = [...sourceFolders, ...partlyCompiled].flatMap((folder) => listFiles(join(root, folder)));
  const wanted = hash([
    ...sources.map((path) => `${relative(root, path)} ${statSync(path).size} ${statSync(path).mtimeMs}`),
    ...['tsconfig.json', join('page', 'tsconfig.json'), ...projects, bundling, bundler].map(read),
    wantedPackages(),
  ]);
  if (readStamp(buildStamp) === wanted) return;
  say('Compiling …');
  // Several threads do the same work more than once, half as much again in all: on two cores that makes nothing quicker.
  const threads = availableParallelism() > 2 ? [] : ['--singleThreaded'];
  const checks = isAnew ? [] : ['--noCheck'];
  for (const project of projects) {
    run(process.execPath, [compiler, '-p', project, ...threads, ...checks], 'The build failed; see the errors above.');
  }
  removeOrphans(new Set(sources.map((path) => relative(root, path).replace(/\.ts$/, ''))));
  run(process.execPath, [join(root, bundler)], 'The build failed; see the errors above.');
  bundlePackages();
  writeFileSync(buildStamp, wanted);
}

function bundlePackages() {
  const wanted = wantedPackages();
  if (readStamp(packagesStamp) === wanted && existsSync(join(dist, 'node_modules'))) return;
  run(process.execPath, [join(root, packageBundler)], 'The build failed; see the errors above.');
  writeFileSync(packagesStamp, wanted);
}

/** Beside the compiler, which has one core busy. Without it Tux works as well: its first start takes longer, and more memory. */
async function makeDatabase() {
  const wanted = hash([readStamp(installStamp), read(databaseMaker)]);
  if (readStamp(databaseStamp) === wanted && existsSync(join(dist, 'empty-database.tar.gz'))) return;
  mkdirSync(dist, { recursive: true });
  const child = spawn(process.execPath, [join(root, databaseMaker)], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const problem = await once(child, 'exit').then(
    ([code, signal]) => (code === 0 ? null : (signal ?? `exit ${code}`)),
    (error) => error.message,
  );
  if (problem === null) writeFileSync(databaseStamp, wanted);
  else say(`No empty database was made ahead (${problem}); the first start makes its own.`);
}

function wantedPackages() {
  return hash([readStamp(installStamp), ...[bundling, packageBundler].map(read)]);
}

/** Compiled files whose source is gone would otherwise go on being found. */
function removeOrphans(kept) {
  for (const path of [...sourceFolders, ...partlyCompiled].flatMap((folder) => listFiles(join(dist, folder)))) {
    if (!kept.has(relative(dist, path).replace(/\.js(\.map)?$/, ''))) rmSync(path);
  }
}

/** npm links the commands of dependencies, not those of the package itself; `npx tux` in a checkout needs them, too. */
function linkCommands() {
  const folder = join(modules, '.bin');
  mkdirSync(folder, { recursive: true });
  for (const [name, program] of Object.entries(manifest.bin)) {
    const target = join(root, program);
    const link = join(folder, name);
    chmodSync(target, 0o755);
    if (existsSync(link)) continue;
    rmSync(link, { force: true }); // a link that points nowhere
    symlinkSync(relative(folder, target), link);
  }
}

function isOurs(path) {
  const uid = process.getuid?.();
  return existsSync(path) && statSync(path).uid === uid;
}

function listFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => !relative(root, path).includes('node_modules')) // of bench/peers
    .sort();
}

function read(path) {
  return readFileSync(join(root, path));
}

function readStamp(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function hash(parts) {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part).update('\0');
  return sum.digest('hex');
}

function run(program, args, complaint) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ['ignore', process.stderr, 'inherit'] });
  if (error || status !== 0) fail(error ? `${complaint} (${error.message})` : complaint);
}

function say(text) {
  process.stderr.write(`🔧 ${text}\n`);
}

function fail(text) {
  process.stderr.write(`❌ ${text}\n`);
  process.exit(1);
}
