import type { Command } from 'commander';
import { describeError, exitCodeOf, isTuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import type { Paths } from '../../shared/paths.js';
import type { DatabaseSettings } from '../database/address.js';
import type { AdminSession, SchemaReport } from '../database/admin-session.js';

/** What the commands need from the program around them. */
export interface DatabaseCommandDeps {
  /** Reads the configuration, when a command runs. A TuxError of it is shown like any other. */
  loadSettings(): { readonly settings: DatabaseSettings; readonly paths: Paths };
  /** Writes text to standard output; {@link writeError} to standard error. The text ends in a newline. */
  write(text: string): void;
  writeError(text: string): void;
  /** Notes how the process is to end once it has nothing left to do. */
  setExitCode(code: ExitCode): void;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

interface JsonOption {
  readonly json?: boolean;
}

/** The answer of a command: for people, for scripts, and for the shell. */
interface Answer {
  readonly text: string;
  readonly data: object;
  readonly exitCode: ExitCode;
}

type Work = (session: AdminSession) => Promise<Answer>;

/** Adds `db health`, `db status` and `db migrate`. They work whether the bot runs or not. */
export function addDatabaseCommands(program: Command, deps: DatabaseCommandDeps): void {
  const db = program.command('db').description('look after the database');
  const add = (name: string, description: string, work: Work) => {
    db.command(name)
      .description(description)
      .option('--json', 'print JSON')
      .action((options: JsonOption) => runCommand(deps, options, work));
  };
  add('health', 'ask the database for an answer', health);
  add('status', 'show the migrations and check the schema', status);
  add('migrate', 'bring the schema up to date', migrateNow);
}

async function runCommand(deps: DatabaseCommandDeps, options: JsonOption, work: Work): Promise<void> {
  let answer: Answer;
  try {
    // Here and not above: TypeORM costs more than all other commands need.
    const { AdminSession } = await import('../database/admin-session.js');
    const mayCreate = work === migrateNow;
    const session = await AdminSession.open({ ...deps.loadSettings(), signal: deps.signal, mayCreate });
    try {
      answer = await work(session);
    } finally {
      await session.close();
    }
  } catch (error) {
    answer = failure(error);
  }
  if (options.json) deps.write(`${JSON.stringify({ ok: answer.exitCode === ExitCode.OK, ...answer.data })}\n`);
  else if (answer.exitCode === ExitCode.OK) deps.write(`${answer.text}\n`);
  else deps.writeError(`${answer.text}\n`);
  deps.setExitCode(answer.exitCode);
}

async function health(session: AdminSession): Promise<Answer> {
  const found = await session.ping();
  return {
    text: `✅ ${found.database} answers in ${found.latencyMs} ms (PostgreSQL ${found.version})`,
    data: found,
    exitCode: ExitCode.OK,
  };
}

async function status(session: AdminSession): Promise<Answer> {
  const report = await session.inspect();
  const isUsable = report.state !== 'ahead' && report.state !== 'damaged';
  return { text: describeReport(report), data: report, exitCode: isUsable ? ExitCode.OK : ExitCode.CONFIG };
}

async function migrateNow(session: AdminSession): Promise<Answer> {
  const outcome = await session.migrate();
  const text = outcome.result === 'current' ? '✅ Nothing to do' : `✅ Migrated: ${outcome.applied.join(', ')}`;
  return { text, data: outcome, exitCode: ExitCode.OK };
}

const headlines: Record<SchemaReport['state'], string> = {
  current: '✅ The schema is current',
  empty: '🔧 The database is empty; the bot fills it at its start, or: tux db migrate',
  behind: '🔧 Migrations are waiting; the bot runs them at its start, or: tux db migrate',
  ahead: '❌ The database is newer than this program',
  damaged: '❌ The schema is damaged',
};

function describeReport(report: SchemaReport): string {
  const sections: [string, readonly string[]][] = [
    ['applied', report.applied],
    ['pending', report.pending],
    ['unknown', report.unknown],
    ['problem', report.problems],
  ];
  const lines = sections.flatMap(([title, items]) => items.map((item) => `  ${title}: ${item}`));
  const pool = report.connections === null ? [] : [`  connections: ${report.connections}`];
  return [`${headlines[report.state]} (${report.database})`, ...lines, ...pool].join('\n');
}

function failure(error: unknown): Answer {
  const { code, hint } = isTuxError(error) ? error : { code: 'TUX_UNEXPECTED', hint: undefined };
  const message = error instanceof Error ? error.message : String(error);
  const text = describeError(error);
  return {
    text: text.startsWith('❌') ? text : `❌ ${text}`,
    data: { error: { code, message, hint } },
    exitCode: exitCodeOf(error),
  };
}
