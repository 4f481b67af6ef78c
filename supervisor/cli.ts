import { Command, InvalidArgumentError } from 'commander';
import { loadNotifySettings, readEnvironment, resolveFolders } from '../shared/config/load.js';
import { SupervisorClient } from '../shared/control/supervisor-client.js';
import { ExitCode } from '../shared/exit-codes.js';
import { packageVersion } from '../shared/package.js';
import type { Paths } from '../shared/paths.js';

interface FolderOption {
  stateDir?: string;
}
interface AnswerOption extends FolderOption {
  json?: boolean;
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
  addReload(program);
  addStatus(program);
  addHistory(program);
  addLogs(program);
  addNotify(program);
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
    .description('restart Tux under the same supervisor, and wait until it is ready')
    .option('--force', 'also while restarts are held, and with less than a fifth of the IDENTIFY budget left')
    .option(...JSON_OUT)
    .option(...STATE_DIR)
    .action(async (options: AnswerOption & { force?: boolean }) => {
      const client = new SupervisorClient(folders(options).stateDir);
      const result = await client.restart({ by: 'tux-supervisor restart', force: options.force ?? false });
      answer(
        options,
        result,
        () => `✅ Tux is ready again after ${(result.tookMs / 1000).toFixed(1)} s, pid ${result.pid}`,
      );
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
    .option(...JSON_OUT)
    .option(...STATE_DIR)
    .action(async (options: AnswerOption) => {
      const { formatStatus } = await import('./commands/status.js');
      const status = await new SupervisorClient(folders(options).stateDir).status();
      answer(options, status, () => formatStatus(status, Date.now()));
    });
}

function addHistory(program: Command): void {
  program
    .command('history')
    .description('how past runs ended, also while nothing runs')
    .option('-n, --lines <count>', 'the last so many runs', parseCount, 20)
    .option(...JSON_OUT)
    .option(...STATE_DIR)
    .action(async (options: AnswerOption & { lines: number }) => {
      const { readHistory } = await import('./run-history.js');
      const { formatHistory } = await import('./commands/history.js');
      const all = await readHistory(folders(options).history);
      const runs = all.slice(Math.max(0, all.length - options.lines));
      answer(options, runs, () => formatHistory(runs));
    });
}

function addLogs(program: Command): void {
  program
    .command('logs')
    .description('the log of supervisor and Tux, also while nothing runs')
    .option('-n, --lines <count>', 'the last so many lines', parseCount, 50)
    .option('-f, --follow', 'go on with what is logged from now on')
    .option('--json', 'the lines as they are in the file: JSON')
    .option(...STATE_DIR)
    .action(async (options: AnswerOption & { lines: number; follow?: boolean }) => {
      const { followLines, readLastLines } = await import('./commands/logs.js');
      const { terminalFormat } = await import('./terminal-format.js');
      const { log } = folders(options);
      const pretty = options.json ? null : await terminalFormat(process.stdout.isTTY === true);
      const show = (line: string) => process.stdout.write(pretty ? pretty(`${line}\n`) : `${line}\n`);
      const { lines, end } = await readLastLines(log, options.lines);
      lines.forEach(show);
      if (options.follow) await followLines(log, end, show, new AbortController().signal);
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

function folders(options: FolderOption): Paths {
  const raw = readEnvironment();
  return resolveFolders(options.stateDir ? { ...raw, TUX_STATE_DIR: options.stateDir } : raw);
}

function answer(options: AnswerOption, value: unknown, inWords: () => string): void {
  process.stdout.write(`${options.json ? JSON.stringify(value, null, 2) : inWords()}\n`);
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) throw new InvalidArgumentError('must be a whole number, 0 or more.');
  return count;
}
