import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importCogs, importLateModules } from '../../../../bot/app/late-modules.js';

const root = resolve(import.meta.dirname, '../../../..');

/** What else the worker imports late, and why a standby has no need of it in the list. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'bot/app/start-sequence.ts ./assembly.js': 'the bot proper: it is put together ahead',
  'bot/app/start-sequence.ts ./preflight/preflight.js': 'of a new build, ahead of all the rest',
  'bot/telemetry/error-reporter.ts @sentry/node': 'with a DSN, ahead as well',
  'shared/logging/terminal-format.ts pino-pretty': 'for people, without a supervisor',
};

/** `FILE MODULE` for each import() below a folder, without those of programs for the command line. */
function lateImports(folder: string): string[] {
  const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
  return files.flatMap((file) => {
    const name = relative(root, file);
    if (/^(bot|shared)\/cli\/|^shared\/control\//.test(name)) return [];
    const imports = readFileSync(file, 'utf8').matchAll(/(?<!typeof )\bimport\('([^']+)'\)/g);
    return [...imports].map(([, module]) => `${name} ${module}`);
  });
}

describe('what a standby imports ahead', () => {
  it('is all that the worker would import later', async () => {
    const late = [...lateImports('bot'), ...lateImports('shared')];
    const cogs = late.filter((entry) => entry.startsWith('bot/cogs/index.ts '));
    expect(cogs.length).toBeGreaterThan(10);
    const ahead = late.filter((entry) => entry.startsWith('bot/app/late-modules.ts ')).map(moduleOf);
    const rest = late.filter(
      (entry) => !cogs.includes(entry) && !(entry in ELSEWHERE) && !ahead.includes(moduleOf(entry)),
    );
    expect(rest).toEqual([]);
    expect(Object.keys(ELSEWHERE).filter((entry) => !late.includes(entry))).toEqual([]);
    expect(await importLateModules()).toEqual([]);
  });

  it('are the cogs, too, and all that cannot be imported are named', async () => {
    const fine = { name: 'fun', load: async () => ({}) as never };
    const broken = (name: string) => ({ name, load: () => Promise.reject(new Error(`no ${name}`)) });
    await importCogs([fine]);
    await expect(importCogs([fine, broken('info'), broken('levels')])).rejects.toThrow(
      'Cogs that cannot be imported: info: no info; levels: no levels',
    );
  });
});

/** The file name of the module, wherever it is seen from. */
function moduleOf(entry: string): string {
  return entry.split(/[ /]/).at(-1) ?? '';
}
