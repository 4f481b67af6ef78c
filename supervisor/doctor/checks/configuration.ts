import { statSync } from 'node:fs';
import { loadConfig } from '../../../shared/config/load.js';
import { environmentSchema } from '../../../shared/config/schema.js';
import { errnoOf, isTuxError } from '../../../shared/errors.js';
import { type Check, type Finding, fail, ok, quoted, warn } from '../check.js';
import type { DoctorContext } from '../context.js';
import { CONFIGURATION } from '../report.js';

/** Of Tux, but read elsewhere than with the settings. */
const otherNames: ReadonlySet<string> = new Set(['TUX_ENV_FILE', 'TUX_RUN_ID']);

/** Whether the settings are valid, known, and not for everybody to read. */
export const configurationCheck: Check = {
  name: CONFIGURATION,
  run: (context) => [...validity(context), ...unknownNames(context), ...exposure(context.envFile)],
};

/** Every setting that is not valid, at once. */
function validity({ raw, envProblem, envFile, unit }: DoctorContext): Finding[] {
  if (envProblem) return [fail(envProblem.message, envProblem.hint ?? `look at ${quoted(envFile)}`)];
  try {
    loadConfig(raw);
  } catch (error) {
    if (!isTuxError(error)) throw error;
    const problems = error.details?.problems;
    const lines = Array.isArray(problems) ? problems.map(String) : [error.message];
    return lines.map((line) => fail(line, fixOf(line, envFile)));
  }
  const given = Object.keys(environmentSchema.shape).filter((name) => raw[name]);
  const whose = unit === null ? '' : `, as ${unit} has them`;
  return [ok(`valid, ${given.length} of ${Object.keys(environmentSchema.shape).length} settings given${whose}`)];
}

function fixOf(problem: string, envFile: string): string {
  const [name = ''] = problem.split(':');
  return name === 'DISCORD_TOKEN'
    ? `set it in ${quoted(envFile)}; to try Tux without one: tux-supervisor start --sandbox`
    : `correct ${name} in ${quoted(envFile)} or in the environment; README.md has the table`;
}

/** A name that is not quite right is a setting that does nothing, without a word. */
function unknownNames({ raw }: DoctorContext): Finding[] {
  return Object.keys(raw)
    .filter((name) => name.startsWith('TUX_') && !Object.hasOwn(environmentSchema.shape, name) && !otherNames.has(name))
    .map((name) => warn(`${name} is no setting of Tux, so it does nothing`, 'tux config show lists those that are'));
}

/** The token is in there. A group may be meant to read it, as root:tux in /etc. */
function exposure(envFile: string): Finding[] {
  let mode: number;
  try {
    mode = statSync(envFile).mode;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
  if ((mode & 0o007) === 0) return [];
  return [warn(`${envFile} can be read by every user of this machine`, `chmod 600 ${quoted(envFile)}`)];
}
