// Puts the modules of `tux-supervisor` together into a few files, in place of what the compiler made of its entry: see
// docs/decisions/0011-small-supervisor.md. What a command loads only when it is needed stays a file of its own (`chunks/`).
// Usage: node scripts/bundle.mjs [FOLDER]   (default: dist)
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { ascii } from './ascii-chunks.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = resolve(process.argv[2] ?? join(root, 'dist'));
const chunks = join(dist, 'chunks');
/** The chunks of the latest build, so that the one after it knows them. */
const list = join(chunks, 'current.json');
/** Packages that only rare moments need: they stay where they are. */
const external = ['croner', 'execa', 'pino-pretty', 'ws'];
/** What packages load at their start and the supervisor can do without: graceful-fs, because it gives proper-lockfile a file system. */
const alias = {
  'graceful-fs': 'node:fs',
  ulid: join(root, 'node_modules', 'ulid', 'dist', 'browser', 'index.js'), // the same without node:crypto
};
const BUILTIN_IMPORT = /^import (?:\* as )?(\w+)?(?:, )?(?:\{ (.+) \})? from "(node:.+)";$/gm;

// An import of a module of Node evaluates everything that the module offers, also what it would load only when it is used
// (WebCrypto, for one). Taken from the module itself, it does not.
const builtins = {
  name: 'builtins',
  generateBundle(_options, files) {
    for (const file of Object.values(files)) {
      if (file.type === 'chunk') file.code = file.code.replace(BUILTIN_IMPORT, withoutImport);
    }
  },
};

// Modules of Node that a package loads for next to nothing.
const standIns = {
  name: 'stand-ins',
  resolveId: {
    order: 'pre',
    handler(name, importer = '') {
      if (name === 'worker_threads' && importer.includes('/node_modules/')) return standIn('worker-threads');
    },
  },
};

const bundle = await rolldown({
  cwd: root,
  input: { 'supervisor/main': join(root, 'supervisor', 'main.ts') },
  platform: 'node',
  external,
  plugins: [ascii, builtins, standIns],
  resolve: { alias },
  transform: { target: 'es2023', define: { __filename: 'import.meta.filename', __dirname: 'import.meta.dirname' } },
});
const { output } = await bundle.write({
  dir: dist,
  format: 'esm',
  chunkFileNames: 'chunks/[name]-[hash].js',
  comments: { legal: true, annotation: false, jsdoc: false },
  sourcemap: true,
});
await bundle.close();
forgetOldChunks(output.map(({ fileName }) => fileName).filter((name) => name.startsWith('chunks/')));

/** A supervisor that still runs may load chunks of the build that it came from: those of the build before stay, but in no package. */
function forgetOldChunks(current) {
  const names = current.map((name) => name.slice('chunks/'.length)).sort();
  const previous = readList();
  if (JSON.stringify(previous) !== JSON.stringify(names)) {
    const kept = new Set([...names, ...previous, 'current.json', '.npmignore']);
    for (const name of readdirSync(chunks)) if (!kept.has(name)) rmSync(join(chunks, name));
    writeFileSync(list, JSON.stringify(names));
  }
  const others = readdirSync(chunks).filter((name) => !names.includes(name));
  writeFileSync(join(chunks, '.npmignore'), others.map((name) => `${name}\n`).join(''));
}

function standIn(name) {
  return join(root, 'supervisor', 'stand-ins', `${name}.ts`);
}

function withoutImport(_line, whole, names, name) {
  const builtin = `process.getBuiltinModule("${name}")`;
  const parts = names ? [`{ ${names.replaceAll(' as ', ': ')} } = ${whole ?? builtin}`] : [];
  if (whole) parts.unshift(`${whole} = ${builtin}`);
  return `const ${parts.join(', ')};`;
}

function readList() {
  try {
    return JSON.parse(readFileSync(list, 'utf8'));
  } catch {
    return []; // the first build
  }
}
