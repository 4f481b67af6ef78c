import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

// The rules of docs/architecture.md that a compiler does not check, read from the sources.

const root = resolve(import.meta.dirname, '../..');

interface Import {
  /** The importing file, from the root. */
  readonly from: string;
  /** A file from the root, or the name of a package. */
  readonly to: string;
  /** `import()` at run time instead of at load time. */
  readonly isDynamic: boolean;
  readonly isTypeOnly: boolean;
}

const listFiles = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();

const sources = ['bot', 'page', 'sandbox', 'shared', 'supervisor'].flatMap(listFiles);
const everything = [...sources, ...listFiles('tests')];
const textOf = new Map(everything.map((file) => [file, readFileSync(join(root, file), 'utf8')]));

const STATIC = /^(?:import|export)\s(?<what>[^'"]*?from\s+)?['"](?<path>[^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"](?<path>[^'"]+)['"]/g;

function importsOf(file: string): Import[] {
  const text = textOf.get(file) ?? '';
  const statics = [...text.matchAll(STATIC)].map(({ groups }) => ({
    path: groups?.path ?? '',
    isDynamic: false,
    isTypeOnly: /^type\s/.test(groups?.what ?? ''),
  }));
  const dynamics = [...text.matchAll(DYNAMIC)].map(({ groups }) => ({
    path: groups?.path ?? '',
    isDynamic: true,
    isTypeOnly: false,
  }));
  return [...statics, ...dynamics].map(({ path, ...rest }) => ({ from: file, to: target(file, path), ...rest }));
}

function target(file: string, path: string): string {
  if (path.startsWith('.')) return join(dirname(file), path).replace(/\.js$/, '.ts');
  const [first = '', second = ''] = path.split('/');
  return path.startsWith('@') ? `${first}/${second}` : first;
}

const imports = sources.flatMap(importsOf);
const show = ({ from, to }: Import) => `${from} → ${to}`;

/** Imports from below `folder` to our own files that `isAllowed` does not let through. */
function offending(folder: string, isAllowed: (to: string, one: Import) => boolean): string[] {
  const own = imports.filter(({ from, to }) => from.startsWith(`${folder}/`) && textOf.has(to));
  expect(own.length, `imports below ${folder}/`).toBeGreaterThan(0);
  return own.filter((one) => !isAllowed(one.to, one)).map(show);
}

const isBelow =
  (...folders: string[]) =>
  (to: string) =>
    folders.some((folder) => to.startsWith(`${folder}/`));

describe('the direction of imports', () => {
  it('is known: every import of a file of ours finds one', () => {
    const lost = imports.filter(({ to }) => to.endsWith('.ts') && !textOf.has(to)).map(show);
    expect(lost).toEqual([]);
    expect(imports.length).toBeGreaterThan(200);
  });

  it('supervisor/ knows shared/, and of the sandbox only its ids', () => {
    const isAllowed = isBelow('supervisor', 'shared');
    expect(offending('supervisor', (to) => isAllowed(to) || to === 'sandbox/ids.ts')).toEqual([]);
  });

  it('bot/ knows shared/; only its command line knows that of the sandbox', () => {
    const isAllowed = isBelow('bot', 'shared');
    const isSandboxCommands = (to: string, { from }: Import) =>
      from.startsWith('bot/cli/') && to.startsWith('sandbox/cli/');
    expect(offending('bot', (to, one) => isAllowed(to) || isSandboxCommands(to, one))).toEqual([]);
  });

  it('shared/ knows nobody', () => {
    expect(offending('shared', isBelow('shared'))).toEqual([]);
  });

  it('page/ knows only the types of what the supervisor answers', () => {
    const isAnswer = isBelow('shared/control');
    const isAllowed = (to: string, { isTypeOnly }: Import) => isTypeOnly && isAnswer(to);
    expect(offending('page', (to, one) => isBelow('page')(to) || isAllowed(to, one))).toEqual([]);
  });

  it('sandbox/ knows shared/', () => {
    expect(offending('sandbox', isBelow('sandbox', 'shared'))).toEqual([]);
  });

  it('bot/scheduling/, bot/database/ and bot/telemetry/ know nothing of Discord', () => {
    const folders = ['scheduling', 'database', 'telemetry'].map((name) => `bot/${name}/`);
    const found = imports.filter(
      ({ from, to }) => folders.some((folder) => from.startsWith(folder)) && to === 'discord.js',
    );
    expect(found.map(show)).toEqual([]);
  });

  it('a cog knows the framework, what can be scheduled, shared/, and its own folder', () => {
    const isAllowed = isBelow('bot/framework', 'bot/scheduling', 'shared');
    const isOwn = (to: string, { from }: Import) => dirname(to) === dirname(from) || dirname(to) === 'bot/cogs';
    const isList = (_to: string, { from }: Import) => from === 'bot/cogs/index.ts';
    expect(offending('bot/cogs', (to, one) => isAllowed(to) || isOwn(to, one) || isList(to, one))).toEqual([]);
  });

  it('tests are not imported by what they test', () => {
    expect(imports.filter(({ to }) => to.startsWith('tests/')).map(show)).toEqual([]);
  });
});

describe('what is loaded', () => {
  const heavy = [
    'discord.js',
    '@discordjs/ws',
    'typeorm',
    'pg',
    '@electric-sql/pglite',
    '@sentry/node',
    'prom-client',
    'pino-pretty',
    'ws',
  ];

  /** Packages that are loaded with `entry` before it does anything. */
  function loadedBy(entry: string): Set<string> {
    const packages = new Set<string>();
    const seen = new Set<string>();
    const queue = [entry];
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      for (const { to, isDynamic, isTypeOnly } of importsOf(file)) {
        if (isDynamic || isTypeOnly) continue;
        if (textOf.has(to)) queue.push(to);
        else packages.add(to);
      }
    }
    return packages;
  }

  it('by any module of supervisor/ and shared/ is nothing heavy', () => {
    const modules = sources.filter(
      (file) => /^(supervisor|shared)\//.test(file) && !file.startsWith('shared/testing/'),
    );
    const found = modules.flatMap((file) =>
      heavy.filter((name) => loadedBy(file).has(name)).map((name) => `${file}: ${name}`),
    );
    expect(found).toEqual([]);
  });

  it('by tux-supervisor is not even execa, until it starts a sandbox', () => {
    expect(loadedBy('supervisor/commands/start.ts')).not.toContain('execa');
    expect(loadedBy('supervisor/start/sandbox-process.ts')).toContain('execa'); // or this test finds nothing at all
  });

  it('by the worker up to its first line is nothing heavy', () => {
    const found = heavy.filter((name) => loadedBy('bot/main.ts').has(name));
    expect(found).toEqual([]);
    expect(loadedBy('bot/app/tux.ts')).toContain('discord.js');
  });

  it('by anybody is in package.json', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const isBuiltin = (name: string) => name.startsWith('node:') || builtinModules.includes(name);
    const foreign = imports.filter(({ to }) => !to.endsWith('.ts') && !isBuiltin(to) && !(to in dependencies));
    expect(foreign.map(show)).toEqual([]);
  });
});

describe('the house rules', () => {
  const filesWith = (files: readonly string[], pattern: RegExp) =>
    files.filter((file) => pattern.test(withoutComments(textOf.get(file) ?? '')));

  it('signals and other events of the process have one owner in each program', () => {
    expect(filesWith(sources, /\bprocess\s*\.(on|once|off|addListener|prependListener)\(/)).toEqual([
      'bot/app/process-events.ts',
      'bot/cli/program.ts', // ends a command that waits
      'sandbox/main.ts',
      'shared/signals.ts',
      'supervisor/commands/full-screen.ts', // gives the terminal back
      'supervisor/start/log-uncaught.ts', // writes down what ends the process all the same
    ]);
  });

  it('no file has more than 400 lines', () => {
    const lines = (file: string) => (textOf.get(file) ?? '').split('\n').length - 1;
    expect(everything.filter((file) => !/\.test\.ts$/.test(file) && lines(file) > 400)).toEqual([]);
  });

  it('the compiler is never silenced', () => {
    const silencers = /@ts-(ignore|nocheck|expect-error)/;
    const others = everything.filter((file) => file !== 'tests/unit/architecture.test.ts');
    expect(others.filter((file) => silencers.test(textOf.get(file) ?? ''))).toEqual([]);
    expect(filesWith(others, /(:|\bas|<)\s*any\b(?!\s*(\w|[.,]\s\w))/)).toEqual([]);
  });

  it('no test replaces a module: test files share them', () => {
    const tests = everything.filter((file) => file.startsWith('tests/') && file !== 'tests/unit/architecture.test.ts');
    expect(filesWith(tests, /\bvi\s*\.(mock|doMock|hoisted|resetModules)\(/)).toEqual([]);
  });

  it('a module exports by name', () => {
    expect(filesWith(sources, /^export default\b/m)).toEqual([]);
  });

  it('the page never makes markup of a text', () => {
    const markup =
      /\b(innerHTML|outerHTML|insertAdjacentHTML|setHTML\w*|DOMParser|createContextualFragment|document\.write)\b/;
    expect(filesWith(sources, markup)).toEqual([]);
  });

  it('the supervisor makes times without the local time zone, which takes 0.9 MiB', () => {
    const its = sources.filter((file) => /^(?:supervisor|shared)\//.test(file) && file !== 'shared/iso-time.ts');
    expect(its.filter((file) => /\.toISOString\(|stdTimeFunctions\.iso/.test(textOf.get(file) ?? ''))).toEqual([]);
  });

  it.each(['bot/main.ts', 'supervisor/main.ts'])(
    '%s keeps zod from writing code before it loads a schema',
    (program) => {
      const [first] = imports.filter(({ from, to }) => from === program && textOf.has(to));
      expect(first?.to).toBe('shared/zod-without-code.ts');
    },
  );

  it('nobody looks up what it needs in a hidden global', () => {
    expect(filesWith(sources, /\bglobalThis\.\w+\s*=[^=]/)).toEqual([]);
  });

  it('every file has the name of one thing in kebab-case', () => {
    const isKebab = (file: string) => /^(\d{4}-)?[a-z\d]+(-[a-z\d]+)*(\.test)?\.ts$/.test(file.split('/').at(-1) ?? '');
    expect(everything.filter((file) => !isKebab(file))).toEqual([]);
  });
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:])\/\/.*$/gm, '$1');
}
