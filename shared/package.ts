import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json, from the compiled tree as well as from the sources. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

let version: string | undefined;

/** The version of this package, for messages and records. */
export function packageVersion(): string {
  version ??= (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version;
  return version;
}

/** A file or folder that comes with this package and is not compiled. */
export function packageFile(path: string): string {
  return join(packageRoot(), path);
}

/** The folder with what the compiler made of this package. */
export function compiledFolder(): string {
  return join(packageRoot(), 'dist');
}

/** Where a compiled program of this package stands. */
export function compiledProgram(name: 'bot' | 'sandbox'): string {
  return join(compiledFolder(), name, 'main.js');
}
