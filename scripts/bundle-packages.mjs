// Puts the packages that a worker always needs together into a few files, in dist/node_modules, where Node looks for them first: see
// docs/decisions/0015-bundled-packages.md. Our own compiled modules stay as they are, and so do their imports.
// Usage: node scripts/bundle-packages.mjs [FOLDER]   (default: dist)
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { ascii } from './ascii-chunks.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const installed = join(root, 'node_modules');
const target = join(resolve(process.argv[2] ?? join(root, 'dist')), 'node_modules');
/** The files of the latest build, so that the one after it knows them. */
const LIST = '.current.json';
/** What our modules import of each package; elsewhere than in this list nothing of it can be imported. */
const packages = {
  '@discordjs/ws': ['.'],
  commander: ['.'],
  'discord-api-types': ['./v10'],
  'discord.js': ['.'],
  pg: ['.'],
  pino: ['.'],
  'prom-client': ['.'],
  'proper-lockfile': ['.'],
  'reflect-metadata': ['.'],
  typeorm: ['.'],
  ulid: ['.'],
  ws: ['.'],
  zod: ['.'],
};
/** What packages use when it is installed: it is looked for when they run, as ever. */
const external = [
  /^(?:bufferutil|utf-8-validate|zlib-sync|erlpack|pg-native|pg-cloudflare|encoding)$/,
  // Never: databases of typeorm that Tux does not use.
  /^(?:better-sqlite3|hdb-pool|ioredis|mongodb|mssql|mysql2?|oracledb|redis|sql\.js|sqlite3|typeorm-aurora-data-api-driver)$/,
  /^(?:@google-cloud|@sap)\/|^react-native-sqlite-storage$|^expo-sqlite$|^ts-node$/,
];
/** discord.js takes this one by `require`, we by `import`, and it would be there twice. */
const alias = { '@discordjs/ws': join(installed, '@discordjs', 'ws', 'dist', 'index.js') };
/** The folder of the package that a module is of. */
const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/;
const ENTRY = '\0entry:';
/** How a module begins that was CommonJS. */
const COMMONJS = /\b__commonJSMin\(\(\(([\w$, ]*)\) => \{/g;

// A module for each thing that can be imported, with the very names that Node gives. Its own name ends in .mjs, so that `default`
// means what it means for Node.
const entries = {
  name: 'entries',
  resolveId: (id) => (id.startsWith(ENTRY) ? id : null),
  load: async (id) => {
    if (!id.startsWith(ENTRY)) return null;
    const name = id.slice(ENTRY.length, -'.mjs'.length);
    const names = Object.keys(await import(name)).filter((key) => key !== 'module.exports');
    return `import '${name}';${names.length > 0 ? `export { ${names.join(', ')} } from '${name}';` : ''}`;
  },
};

// A CommonJS module of a package is a function that is called once, at the start. V8 skims a function when it comes upon it, and reads it
// all again when it is called, with the functions in it skimmed once more. In parentheses it is read whole at once: V8 does so with
// `(function …)`, not with `(() => …)`, which is what rolldown writes. They have no `this` and no `arguments` in a module.
const readOnce = {
  name: 'read-once',
  generateBundle(_options, files) {
    for (const file of Object.values(files)) {
      if (file.type === 'chunk') file.code = file.code.replace(COMMONJS, '__commonJSMin((function($1) {');
    }
  },
};

const wanted = Object.entries(packages).flatMap(([name, places]) => places.map((place) => ({ name, place })));
const bundle = await rolldown({
  cwd: root,
  input: Object.fromEntries(wanted.map((entry) => [entryName(entry), `${ENTRY}${join(entry.name, entry.place)}.mjs`])),
  platform: 'node',
  external,
  checks: { eval: false }, // discord.js has one that nobody calls
  plugins: [entries, ascii, readOnce],
  resolve: { alias },
  transform: { target: 'es2023', define: { __filename: 'import.meta.filename', __dirname: 'import.meta.dirname' } },
});
const { output } = await bundle.generate({
  dir: target,
  format: 'esm',
  entryFileNames: '[name]-[hash].js',
  chunkFileNames: '.chunks/[name]-[hash].js',
  comments: { legal: true, annotation: false, jsdoc: false },
  keepNames: true, // client-factory.ts tells the managers of discord.js by theirs
});
await bundle.close();

const names = output.map(({ fileName }) => fileName).sort();
const files = new Map([
  ...output.map(({ fileName, code }) => [fileName, code]),
  ...Object.keys(packages).map((name) => [join(name, 'package.json'), manifestOf(name)]),
  ['LICENSES.txt', licences()],
]);
if (isOtherThanBefore()) replaceTarget();
hideOldFiles();

function isOtherThanBefore() {
  return (
    JSON.stringify(readList()) !== JSON.stringify(names) || [...files].some(([name, text]) => !isThere(name, text))
  );
}

/**
 * The folder is replaced as a whole, and is not there in between: then the installed packages are taken. So whatever happens
 * meanwhile, nobody finds packages of two builds.
 */
function replaceTarget() {
  const [next, last] = ['.next', '.last'].map((end) => `${target}${end}`);
  for (const folder of [next, last]) rmSync(folder, { recursive: true, force: true });
  // Somebody who is just starting may load files of the build before.
  const kept = readList().filter((name) => !files.has(name) && existsSync(join(target, name)));
  for (const name of [...files.keys(), ...kept]) {
    mkdirSync(dirname(join(next, name)), { recursive: true });
    // What is the same keeps its time, by which one build is told from another.
    if (!files.has(name) || isThere(name, files.get(name))) linkSync(join(target, name), join(next, name));
    else writeFileSync(join(next, name), files.get(name));
  }
  writeFileSync(join(next, LIST), JSON.stringify(names));
  if (existsSync(target)) renameSync(target, last);
  renameSync(next, target);
  rmSync(last, { recursive: true, force: true });
}

/** What is left of the build before gets into no package. */
function hideOldFiles() {
  const others = filesThere().filter((name) => name.endsWith('.js') && !files.has(name));
  const text = [LIST, '.npmignore', ...others.sort()].map((name) => `/${name}\n`).join('');
  if (!isThere('.npmignore', text)) writeFileSync(join(target, '.npmignore'), text);
}

function isThere(name, text) {
  const path = join(target, name);
  return existsSync(path) && readFileSync(path, 'utf8') === text;
}

function entryName({ name, place }) {
  return join(name, place === '.' ? 'index' : place);
}

function manifestOf(name) {
  const { version, license } = JSON.parse(readFileSync(join(installed, name, 'package.json'), 'utf8'));
  const places = packages[name].map((place) => {
    const entry = output.find((file) => file.isEntry && file.name === entryName({ name, place }));
    return [place, `./${relative(name, entry.fileName)}`];
  });
  return `${JSON.stringify({ name, version, license, type: 'module', exports: Object.fromEntries(places) }, null, 2)}\n`;
}

/** The licences of everything that is in the files. */
function licences() {
  const folders = output.flatMap(({ moduleIds }) => moduleIds.flatMap((id) => PACKAGE.exec(id)?.[0] ?? []));
  return [...new Set(folders)].sort().map(licenceOf).join('\n');
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : '';
  return `${name} ${version} (${license})\n\n${text}\n`;
}

/** By their paths below {@link target}. */
function filesThere() {
  return readdirSync(target, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(target, join(entry.parentPath ?? entry.path, entry.name)));
}

function readList() {
  try {
    return JSON.parse(readFileSync(join(target, LIST), 'utf8'));
  } catch {
    return []; // the first build
  }
}
