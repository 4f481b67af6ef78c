import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const rooms = ['bench', 'bot', 'deploy', 'docs', 'page', 'sandbox', 'scripts', 'shared', 'supervisor', 'tests'];

/** Paths of all files of the project, from its root. */
const files = rooms.flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1)),
);

const documents = [
  'docs/architecture.md',
  'CONTRIBUTING.md',
  ...files.filter((file) => /^docs\/decisions\//.test(file)),
];

/** `supervisor.ts`, `restart/exit-policy.ts`, `docs/operations.md`: with as much of the path as a reader needs. */
const NAMED_FILE = /`([\w./-]+\.(?:ts|mjs|md))`/g;
/** A name in a picture or in passing, without a path. */
const NAME_IN_PICTURE = /(?<![\w/`.-])([a-z][\w-]*\.ts)\b/g;

function isThere(name: string): boolean {
  if (existsSync(join(root, name))) return true;
  return files.some((file) => file.endsWith(`/${name}`));
}

it.each(documents)('%s names no file that is not there', (path) => {
  const text = readFileSync(join(root, path), 'utf8');
  const pictures = [...text.matchAll(/```[\s\S]*?```/g)].map(([picture]) => picture).join('\n');
  const named = [...text.matchAll(NAMED_FILE), ...pictures.matchAll(NAME_IN_PICTURE)].map(([, name = '']) => name);
  expect(named.filter((name) => !isThere(name))).toEqual([]);
});
