import type { Command } from 'commander';
import { formatColumns } from '../../shared/cli/format.js';
import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import type { CogReport } from '../framework/cog-check.js';

/** What the commands need from the program around them. */
export interface CogCommandDeps {
  /** Writes text to standard output. */
  write(text: string): void;
  setExitCode(code: ExitCode): void;
}

interface JsonOption {
  readonly json?: boolean;
}

/** Adds `cog list` and `cog check`: they import the cogs and look at them; nothing is run and no bot is needed. */
export function addCogCommands(program: Command, deps: CogCommandDeps): void {
  const cog = program.command('cog').description('look at the cogs, the modules with the commands');
  cog
    .command('list')
    .description('list the cogs and their commands')
    .option('--json', 'answer in JSON')
    .action(async (options: JsonOption) => show(await loadReports(), options, describeList, deps));
  cog
    .command('check')
    .description('check one cog, one of its commands (moderation/ban), or all of them')
    .argument('[names...]', 'cog, or cog/command')
    .option('--json', 'answer in JSON')
    .action(async (names: string[], options: JsonOption) => {
      const reports = select(await loadReports(), names);
      show(reports, options, describeCheck, deps);
      if (reports.some(({ problems }) => problems.length > 0)) deps.setExitCode(ExitCode.SOFTWARE);
    });
}

async function loadReports(): Promise<CogReport[]> {
  // Here and not above: the cogs import more than all other commands need.
  const [{ checkCogs }, { cogEntries }] = await Promise.all([
    import('../framework/cog-check.js'),
    import('../cogs/index.js'),
  ]);
  return checkCogs(cogEntries);
}

/** @throws TuxError TUX_COG_UNKNOWN (exit 64) for a cog or command that does not exist. */
function select(reports: readonly CogReport[], names: readonly string[]): readonly CogReport[] {
  if (names.length === 0) return reports;
  return names.map((wanted) => {
    const [name, command] = wanted.split('/');
    const report = reports.find((candidate) => candidate.name === name);
    if (!report)
      throw unknownError(`There is no cog '${name}'`, `there are ${reports.map((one) => one.name).join(', ')}`);
    const commands = commandNames(report);
    if (command !== undefined && report.cog !== null && !commands.includes(command)) {
      throw unknownError(`Cog '${name}' has no command '${command}'`, `it has ${commands.join(', ') || 'none'}`);
    }
    return report;
  });
}

function commandNames({ cog }: CogReport): string[] {
  return cog?.commands.map((command) => command.name) ?? [];
}

function unknownError(message: string, hint: string): TuxError {
  return new TuxError('TUX_COG_UNKNOWN', message, { exitCode: ExitCode.USAGE, hint });
}

function describeList(reports: readonly CogReport[]): string {
  const rows = reports.map((report) => [
    report.name,
    report.cog === null ? 'broken' : String(report.cog.priority),
    commandNames(report).join(', '),
  ]);
  return formatColumns([['COG', 'PRIORITY', 'COMMANDS'], ...rows]);
}

function describeCheck(reports: readonly CogReport[]): string {
  const blocks = reports.map((report) => {
    const { name, cog, problems } = report;
    if (problems.length > 0) return [`❌ ${name}`, ...problems.map((problem) => `   ${problem}`)].join('\n');
    const counts = [
      `commands: ${cog?.commands.length ?? 0}`,
      `kinds of buttons: ${Object.keys(cog?.components ?? {}).length}`,
      `listeners: ${cog?.listeners.length ?? 0}`,
    ];
    return `✅ ${name} – ${counts.join(', ')}`;
  });
  return blocks.join('\n');
}

function show(
  reports: readonly CogReport[],
  { json = false }: JsonOption,
  describe: (reports: readonly CogReport[]) => string,
  { write }: CogCommandDeps,
): void {
  const data = reports.map((report) => ({
    name: report.name,
    priority: report.cog?.priority ?? null,
    commands: commandNames(report),
    problems: report.problems,
  }));
  write(`${json ? JSON.stringify(data, null, 2) : describe(reports)}\n`);
}
