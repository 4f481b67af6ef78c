import { Command, InvalidArgumentError, Option } from 'commander';
import { wantsColor } from '../shared/cli/color.js';
import { addCompletionCommand } from '../shared/cli/completion.js';
import { systemClock } from '../shared/clock.js';
import { loadNotifySettings, readEnvironment, resolveFolders } from '../shared/config/load.js';
import type { SupervisorClient } from '../shared/control/supervisor-client.js';
import { ExitCode } from '../shared/exit-codes.js';
import { throwIfRefused } from '../shared/not-allowed.js';
import { packageVersion } from '../shared/package.js';
import type { Paths } from '../shared/paths.js';
import { isLogLevel, LOG_LEVELS } from './logs/levels.js';
import { parseSince } from './logs/log-query.js';
import type { UnitOptions } from './systemd/installation.js';

interface FolderOption {
  stateDir?: string;
}
interface AnswerOption extends FolderOption {
  json?: boolean;
}
interface LogsArguments extends AnswerOption {
  lines?: number;
  follow?: boolean;
  level?: number;
  since?: number;
  run?: string;
}

const STATE_DIR = ['--state-dir <folder>', 'state folder (default: TUX_STATE_DIR, or ./state)'] as const;
const JSON_OUT = ['--json', 'answer in JSON'] as const;

/** The command line of `tux-supervisor`. Each command loads only what it needs. */
export function supervisorProgram(): Command {
  const program = new Command('tux-supervisor')
    .description('Keeps Tux, a Discord bot, alive: one at a time, restarted with judgement, nothing lost.')
    .version(packageVersion());
  addStart(program);
  addStop(program);
  addRestart(program);
  addDeploy(program);
  addReload(program);
  addStatus(program);
  addHistory(program);
  addLogs(program);
  addNotify(program);
  addDoctor(program);
  addCompletionCommand(program);
  addSystemd(program);
  return program;
}

function addStart(program: Command): void {
  program
    .command('start')
    .description('supervise Tux in the foreground until stopped (Ctrl-C, SIGTERM, or tux-supervisor stop)')
    .option('--sandbox', 'use a local Discord instead of the real one: no token needed, nothing leaves this machine')
    .option('--debug', 'log at level debug')
    .option(...STATE_DIR)
    .action(async (options: FolderOption & { sandbox?: boolean; debug?: boolean }) => {
      const { start } = await import('./commands/start.js');
      const { sandbox = false, debug = false, stateDir } = options;
      process.exitCode = await start({ sandbox, debug, stateDir });
    });
}

function addStop(program: Command): void {
  program
    .command('stop')
    .description('stop Tux and its supervisor, and wait until both are gone')
    .option('--now', 'give Tux no time: jobs that run are taken up again at the next start')
    .option(...JSON_OUT)
    .option(...STATE_DIR)
    .action(async (options: AnswerOption & { now?: boolean }) => {
      const { stop } = await import('./commands/stop.js');
      const result = await stop(folders(options), { by: 'tux-supervisor stop', now: options.now ?? false });
      answer(options, result, () => `✅ Stopped after ${(result.tookMs / 1000).toFixed(1)} s`);
    });
}

function addRestart(program: Command): void {
  program
    .command('restart')
    .description(
      'restart Tux under the same supervisor, and wait until it is ready; a new build on disk is looked at first',
    )
    .option('--force', 'also while restarts are held, with little IDENTIFY budget left, and with whatever is on disk')
    .option(...JSON_OUT)
    .option(...STATE_DIR)
    .action(async (options: AnswerOption & { force?: boolean }) => {
      const client = await clientOf(options);
      const result = await client.restart({ by: 'tux-supervisor restart', force: options.force ?? false });
      answer(options, result, () => {
        const build = result.deployed === null ? '' : `, with the new build ${result.deployed}`;
        return `✅ Tux is ready again after ${(result.tookMs / 1000).toFixed(1)} s, pid ${result.pid}${build}`;
      });
    });
}

function addDeploy(program: Command): void {
  program
    .command('deploy')
    .description(
      'bring a build into service: looked at while the one before serves, refused (exit 78) if it is no good',
    )
    .argument('[folder]', 'a compiled checkout or an installed package (default: the one that this command belongs to)')
    .option('--force', 'do not look at it first, and with less than a fifth of the IDENTIFY budget left')
    .option(...JSON_OUT)
    .option(...STATE_DIR)
    .action(async (folder: string | undefined, options: AnswerOption & { force?: boolean }) => {
      const { deploy, exitCodeOfDeploy, formatDeploy } = await import('./commands/deploy.js');
      const progress = options.json || !process.stderr.isTTY ? null : process.stderr;
      const result = await deploy(await clientOf(options), { folder, force: options.force ?? false, progress });
      answer(options, result, () => formatDeploy(result));
      process.exitCode = exitCodeOfDeploy(result);
    });
}

function addReload(program: Command): void {
  program
    .command('reload')
    .description('read .env anew and apply what can change while Tux runs; exit 78 lists all problems')
    .option(...JSON_OUT)
    .option(...STATE_DIR)
    .action(async (options: AnswerOption) => {
      const { formatReload, reload } = await import('./commands/reload.js');
      const result = await reload(folders(options));
      answer(options, result, () => formatReload(result));
    });
}

function addStatus(program: Command): void {
  program
    .command('status')
    .description('what runs, since when, how it fares, and why it last ended')
    .addOption(new Option('--watch', 'show it anew every second, until q or Ctrl-C').conflicts('json'))
    .option(...JSON_OUT)
    .option(...STATE_DIR)
    .action(async (options: AnswerOption & { watch?: boolean }) => {
      const client = await clientOf(options);
      if (options.watch) return watch(client);
      const { formatStatus } = await import('./commands/status.js');
      const status = await client.status();
      const { isTTY = false, columns: width } = process.stdout;
      answer(options, status, () => formatStatus(status, Date.now(), { width, color: wantsColor(isTTY, process.env) }));
    });
}

async function watch(client: SupervisorClient): Promise<void> {
  const { assertTerminal, watchStatus } = await import('./commands/status-watch.js');
  assertTerminal(process.stdout.isTTY && process.stdin.isTTY);
  const { withFullScreen } = await import('./commands/full-screen.js');
  const ask = (signal: AbortSignal) => client.status(signal);
  await withFullScreen({ input: process.stdin, output: process.stdout, env: process.env }, (screen, signal) =>
    watchStatus({ ask, screen, clock: systemClock }, signal),
  );
}

function addHistory(program: Command): void {
  program
    .command('history')
    .description('how past runs ended, also while nothing runs')
    .option('-n, --lines <count>', 'the last so many runs', parseCount, 20)
    .option(...JSON_OUT)
    .option(...STATE_DIR)
    .action(async (options: AnswerOption & { lines: number }) => {
      const { readHistory } = await import('./history/run-history.js');
      const { formatHistory } = await import('./commands/history.js');
      const { history } = folders(options);
      const all = await readHistory(history).catch(throwIfRefused(history));
      const runs = all.slice(Math.max(0, all.length - options.lines));
      answer(options, runs, () => formatHistory(runs, process.stdout.columns));
    });
}

function addLogs(program: Command): void {
  program
    .command('logs')
    .description('the log of supervisor and Tux, also while nothing runs')
    .option('-n, --lines <count>', 'the last so many lines (default: 50, or all with --since or --run)', parseCount)
    .option('-f, --follow', 'go on with what is logged from now on')
    .addOption(
      // With the choices shells can complete it.
      new Option('--level <level>', 'only from this level up').choices(Object.keys(LOG_LEVELS)).argParser(parseLevel),
    )
    .option('--since <time>', 'only what is younger: 10m, 2h, 3d, or a time such as 2026-01-31T08:00', parseInstant)
    .option('--run <id>', 'only of one run of Tux; the end of its id is enough')
    .option('--json', 'the lines as they are in the file: JSON')
    .option(...STATE_DIR)
    .action(async (options: LogsArguments) => {
      const { showLogs } = await import('./commands/logs.js');
      const { lines, follow = false, json = false, level: minLevel, since, run: runId } = options;
      await showLogs(folders(options).log, { lines, follow, json, minLevel, since, runId }, process.stdout);
    });
}

function addNotify(program: Command): void {
  program
    .command('notify')
    .description('how you are told of crashes, hangs, holds and recoveries')
    .command('test')
    .description('send a test through every channel; exit 1 when none works, 78 when none is configured')
    .option(...JSON_OUT)
    .action(async (options: AnswerOption) => {
      const { formatNotifyTest, testNotifications } = await import('./commands/notify.js');
      const tests = await testNotifications(loadNotifySettings(readEnvironment()));
      answer(options, tests, () => formatNotifyTest(tests));
      if (!tests.some(({ result }) => result.delivered)) process.exitCode = ExitCode.FAILURE;
    });
}

function addSystemd(program: Command): void {
  const systemd = program.command('systemd').description('run Tux as a service of systemd');
  const print = systemd.command('print').description('print a hardened unit for this installation');
  withUnitOptions(print).action(async (options: UnitOptions) => {
    const { printUnit } = await import('./commands/systemd.js');
    process.stdout.write(printUnit(options));
  });
  const install = systemd
    .command('install')
    .description('check that the unit can run, write it, and say what to do next');
  withUnitOptions(install)
    .option('--path <file>', 'where to write it (default: /etc/systemd/system/tux.service)')
    .option('--force', 'replace one that is different')
    .action(async ({ force = false, ...options }: UnitOptions & { path?: string; force?: boolean }) => {
      const { installUnit } = await import('./commands/systemd.js');
      process.stdout.write(`${await installUnit({ ...options, force })}\n`);
    });
}

function withUnitOptions(command: Command): Command {
  return command
    .option('--user <name>', 'who runs it (default: tux)')
    .option('--state-dir <folder>', 'state folder (default: /var/lib/tux)')
    .option('--log-dir <folder>', 'folder of the logs (default: /var/log/tux)')
    .option('--env-file <file>', 'the settings, NAME=value line by line (default: /etc/tux.env)');
}

function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'look at everything that Tux rests on and say what to do; exit 1 when something fails, 78 for the settings',
    )
    .option('--offline', 'do not ask Discord')
    .option(...JSON_OUT)
    .option(...STATE_DIR)
    .action(async (options: AnswerOption & { offline?: boolean }) => {
      const { doctor } = await import('./commands/doctor.js');
      process.exitCode = await doctor(
        { stateDir: options.stateDir, isOffline: options.offline ?? false },
        {
          asJson: options.json ?? false,
          width: process.stdout.columns ?? Number.POSITIVE_INFINITY,
          write: (text) => void process.stdout.write(text),
        },
      );
    });
}

async function clientOf(options: FolderOption): Promise<SupervisorClient> {
  const { SupervisorClient } = await import('../shared/control/supervisor-client.js');
  return new SupervisorClient(folders(options).stateDir);
}

function folders(options: FolderOption): Paths {
  const raw = readEnvironment();
  return resolveFolders(options.stateDir ? { ...raw, TUX_STATE_DIR: options.stateDir } : raw);
}

function answer(options: AnswerOption, value: unknown, inWords: () => string): void {
  process.stdout.write(`${options.json ? JSON.stringify(value, null, 2) : inWords()}\n`);
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) throw new InvalidArgumentError('It must be a whole number, 0 or more.');
  return count;
}

function parseLevel(name: string): number {
  if (!isLogLevel(name)) throw new InvalidArgumentError(`It must be one of ${Object.keys(LOG_LEVELS).join(', ')}.`);
  return LOG_LEVELS[name];
}

function parseInstant(text: string): number {
  const at = parseSince(text, Date.now());
  if (at === null) throw new InvalidArgumentError('It must be like 10m, 2h, 3d, or a time such as 2026-01-31T08:00.');
  return at;
}
