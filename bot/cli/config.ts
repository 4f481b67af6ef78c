import type { Command } from 'commander';
import { formatColumns } from '../../shared/cli/format.js';
import { loadConfig, readEnvironment } from '../../shared/config/load.js';
import { environmentSchema, type SettingName } from '../../shared/config/schema.js';
import { shownValue } from '../../shared/config/shown-value.js';

/** Adds `config validate` and `config show`: what the environment and `.env` come to. */
export function addConfigCommands(program: Command): void {
  const config = program.command('config').description('look at the configuration');
  config
    .command('validate')
    .description('check every setting; exit 78 lists all problems')
    .action(() => {
      loadConfig(readEnvironment());
      process.stdout.write('✅ The configuration is valid\n');
    });
  config
    .command('show')
    .description('print every setting with its value and meaning, secrets redacted')
    .option('--json', 'answer in JSON')
    .action((options: { json?: boolean }) => {
      const values = shownValues();
      process.stdout.write(`${options.json ? JSON.stringify(values, null, 2) : describe(values)}\n`);
    });
}

function shownValues(): Partial<Record<SettingName, unknown>> {
  const { env } = loadConfig(readEnvironment());
  const entries = (Object.keys(environmentSchema.shape) as SettingName[]).map((name) => [
    name,
    shownValue(name, env[name] ?? null),
  ]);
  return Object.fromEntries(entries);
}

function describe(values: Partial<Record<SettingName, unknown>>): string {
  const rows = Object.entries(environmentSchema.shape).map(([name, schema]) => {
    const value = values[name as SettingName];
    return [name, value === null ? '(not set)' : String(value), schema.description ?? ''];
  });
  return formatColumns(rows);
}
