import { describeError, toError } from '../../shared/errors.js';
import type { Cog } from './cog.js';
import type { CogEntry } from './cog-loader.js';
import { runnableIn } from './command.js';
import { componentId } from './components.js';
import { toSlashJson } from './slash-json.js';

/** Discord's limit for all names, descriptions and choices of one command together. */
const MAX_COMMAND_CHARACTERS = 8_000;

/** What was found when a cog was looked at without running it. */
export interface CogReport {
  readonly name: string;
  /** Null when its module could not be imported. */
  readonly cog: Cog | null;
  /** One sentence each; empty: nothing is wrong. */
  readonly problems: readonly string[];
}

/**
 * Imports every cog and says what would go wrong when it is loaded: a module that throws, a name that does not fit,
 * commands or aliases that two cogs have, definitions that Discord would refuse. Nothing of a cog is run.
 */
export async function checkCogs(entries: readonly CogEntry[]): Promise<CogReport[]> {
  const owners = new Map<string, string>();
  const reports: CogReport[] = [];
  for (const entry of entries) {
    try {
      const cog = await entry.load();
      reports.push({ name: entry.name, cog, problems: [...checkOne(entry, cog), ...checkNames(cog, owners)] });
    } catch (error) {
      reports.push({ name: entry.name, cog: null, problems: [describeError(toError(error))] });
    }
  }
  return reports;
}

function checkOne(entry: CogEntry, cog: Cog): string[] {
  const problems = cog.name === entry.name ? [] : [`it is listed as '${entry.name}' and calls itself '${cog.name}'`];
  for (const command of cog.commands) {
    const characters = countCharacters(toSlashJson(command));
    if (characters > MAX_COMMAND_CHARACTERS) {
      problems.push(`command '${command.name}' has ${characters} characters, Discord takes ${MAX_COMMAND_CHARACTERS}`);
    }
  }
  return [...problems, ...checkComponents(cog)];
}

function checkComponents({ name, commands, components }: Cog): string[] {
  const paths = commands.flatMap(runnableIn).map(({ path }) => path);
  return Object.entries(components).flatMap(([action, { command }]) => {
    const isLost = command !== undefined && !paths.includes(command);
    const lost = isLost ? [`component '${action}' stands for '${command}', which is no command of it`] : [];
    try {
      componentId(name, action);
      return lost;
    } catch (error) {
      return [...lost, describeError(error)];
    }
  });
}

/** @param owners which cog has which command or alias; grows. */
function checkNames(cog: Cog, owners: Map<string, string>): string[] {
  return cog.commands.flatMap((command) =>
    [command.name, ...command.aliases].flatMap((name) => {
      const owner = owners.get(name);
      owners.set(name, owner ?? cog.name);
      return owner === undefined ? [] : [`command '${name}' exists in cog '${owner}', too`];
    }),
  );
}

/** The texts that count towards Discord's limit. */
function countCharacters(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce((sum, [key, part]) => {
    const isCounted = typeof part === 'string' && ['name', 'description', 'value'].includes(key);
    return sum + (isCounted ? part.length : countCharacters(part));
  }, 0);
}
