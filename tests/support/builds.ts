import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
/** Compiled, but not what Tux runs; neither are source maps. */
const LEFT_OUT = ['tests', 'bench'].map((name) => join(root, 'dist', name));

/** Writes of a build only what tells it from another: who looks at builds, and starts none, needs no more. */
export async function writeBuildMarks(path: string, version: string): Promise<void> {
  await mkdir(join(path, 'dist/bot'), { recursive: true });
  await writeFile(join(path, 'package.json'), JSON.stringify({ name: 'tux-supervisor', version }));
  await writeFile(join(path, 'dist/bot/main.js'), '');
}

/** A compiled Tux in a folder of its own, to be changed as a new version would be. */
export class BuildFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Copies the compiled build of this checkout. It shares the installed packages. */
  static async copy(path: string, version: string): Promise<BuildFolder> {
    const build = new BuildFolder(path);
    await mkdir(path, { recursive: true });
    await Promise.all([
      cp(join(root, 'dist'), join(path, 'dist'), {
        recursive: true,
        filter: (from) => !LEFT_OUT.includes(from) && !from.endsWith('.map'),
      }),
      cp(join(root, 'assets'), join(path, 'assets'), { recursive: true }),
      cp(join(root, 'package-lock.json'), join(path, 'package-lock.json')),
      cp(join(root, 'package.json'), join(path, 'package.json')),
      symlink(join(root, 'node_modules'), join(path, 'node_modules')),
    ]);
    await build.setVersion(version);
    return build;
  }

  get supervisor(): string {
    return join(this.path, 'dist/supervisor/main.js');
  }

  async setVersion(version: string): Promise<void> {
    await this.change('package.json', (text) => text.replace(/"version": ".*?"/, `"version": "${version}"`));
  }

  /** Rewrites a file, which has to become another one. @param file below the build. */
  async change(file: string, edit: (text: string) => string): Promise<void> {
    const path = join(this.path, file);
    const before = await readFile(path, 'utf8');
    const after = edit(before);
    if (after === before) throw new Error(`nothing was changed in ${file}`);
    await writeFile(path, after);
  }

  /** @param file below the build. */
  read(file: string): Promise<string> {
    return readFile(join(this.path, file), 'utf8');
  }

  write(file: string, text: string): Promise<void> {
    return writeFile(join(this.path, file), text);
  }
}
