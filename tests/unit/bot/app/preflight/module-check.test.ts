import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkModules, PROGRAMS } from '../../../../../bot/app/preflight/module-check.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-modules-'));
  await write('package.json', '{ "type": "module" }');
  await write('shared/sound.js', 'export const sound = true;');
  await Promise.all(PROGRAMS.map((program) => write(program, "throw new Error('run')\n")));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(file: string, text: string): Promise<void> {
  await mkdir(join(folder, dirname(file)), { recursive: true });
  await writeFile(join(folder, file), text);
}

const check = () => checkModules(new AbortController().signal, folder);

describe('looking at the modules of a build', () => {
  it('finds nothing wrong where all can be imported, and runs no program', async () => {
    await write('shared/a.js', 'export const a = 1;');
    await write('bot/cogs/b.js', "import { a } from '../../shared/a.js'; export const b = a;");
    expect(await check()).toEqual([]);
  });

  it('names the module whose syntax is wrong, once, and not those that import it', async () => {
    await write('shared/z.js', 'const broken;');
    await write('bot/a.js', "import '../shared/z.js';");
    await write('bot/b.js', "import './a.js';");
    expect(await check()).toEqual(['shared/z.js: SyntaxError: Missing initializer in const declaration']);
  });

  it('names each of those that have the same fault', async () => {
    await write('bot/a.js', "import './b.js';");
    await write('bot/b.js', 'const broken;');
    await write('shared/z.js', 'const broken;');
    expect(await check()).toEqual([
      'bot/b.js: SyntaxError: Missing initializer in const declaration',
      'shared/z.js: SyntaxError: Missing initializer in const declaration',
    ]);
  });

  it('names the line that throws, and a module that is missing', async () => {
    await write('bot/a.js', "import './deep/b.js';");
    await write('bot/deep/b.js', "\nthrow new TypeError('kaput');");
    await write('bot/c.js', "import './nowhere.js';");
    const problems = await check();
    expect(problems).toHaveLength(2);
    expect(problems[0]).toBe('bot/deep/b.js:2: TypeError: kaput');
    expect(problems[1]).toContain("Cannot find module '");
  });

  it('looks at the syntax of programs', async () => {
    await write('bot/database/embedded-thread.js', 'const broken;');
    expect(await check()).toEqual([
      'bot/database/embedded-thread.js: SyntaxError: Missing initializer in const declaration',
    ]);
  });

  it('ends when it is told to', async () => {
    await expect(checkModules(AbortSignal.abort(new Error('enough')), folder)).rejects.toThrow('enough');
  });
});
