import type { Command } from 'commander';
import type { WorkerDetails } from '../../shared/control/worker-details.js';
import { describeError, exitCodeOf, isTuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { formatConnection, formatDetails, formatPing } from './insight-format.js';

/** What the commands need from the program around them. */
export interface InsightCommandDeps {
  /** Asks the bot that runs. Rejects with a TuxError when none does, or when it does not answer. */
  ask(): Promise<WorkerDetails>;
  /** Writes text to standard output; `writeError` to standard error. The text ends in a newline. */
  write(text: string): void;
  writeError(text: string): void;
  setExitCode(code: ExitCode): void;
}

interface Insight {
  readonly description: string;
  /** What of the answer is printed as JSON. */
  readonly pick: (details: WorkerDetails) => object;
  readonly format: (details: WorkerDetails) => string;
  readonly isHealthy: (details: WorkerDetails) => boolean;
}

/** No supervisor answers; see `SupervisorClient`. */
const unreachable: ReadonlySet<string> = new Set(['TUX_NOT_RUNNING', 'TUX_NOT_LISTENING', 'TUX_NO_ANSWER']);

const isConnected = ({ gateway }: WorkerDetails) => gateway.status === 'ready';
const isReachable = (details: WorkerDetails) => isConnected(details) && details.database.problem === null;

const insights: Readonly<Record<string, Insight>> = {
  status: {
    description: 'what the running bot is busy with, and how well its caches and connections do',
    pick: (bot) => ({ bot }),
    format: formatDetails,
    isHealthy: (details) => details.state === 'RUNNING' && isReachable(details),
  },
  ping: {
    description: 'how fast Discord and the database answer the running bot',
    pick: ({ gateway, database }) => ({ gatewayMs: gateway.pingMs, databaseMs: database.latencyMs }),
    format: formatPing,
    isHealthy: isReachable,
  },
  'ws-status': {
    description: 'the connection of the running bot to Discord, shard by shard',
    pick: ({ gateway }) => ({ gateway }),
    format: formatConnection,
    isHealthy: isConnected,
  },
};

/**
 * Adds `status`, `ping` and `ws-status`, which ask the bot itself. They end with 0 when all is well, 1 when the bot answers
 * that it is not, and 69 when no bot answers.
 */
export function addInsightCommands(program: Command, deps: InsightCommandDeps): void {
  for (const [name, insight] of Object.entries(insights)) {
    program
      .command(name)
      .description(insight.description)
      .option('--json', 'answer in JSON')
      .action((options: { json?: boolean }) => show(insight, options.json ?? false, deps));
  }
}

async function show(insight: Insight, asJson: boolean, deps: InsightCommandDeps): Promise<void> {
  let details: WorkerDetails;
  try {
    details = await deps.ask();
  } catch (error) {
    return fail(error, asJson, deps);
  }
  const ok = insight.isHealthy(details);
  deps.write(`${asJson ? JSON.stringify({ ok, ...insight.pick(details) }, null, 2) : insight.format(details)}\n`);
  deps.setExitCode(ok ? ExitCode.OK : ExitCode.FAILURE);
}

function fail(error: unknown, asJson: boolean, { write, writeError, setExitCode }: InsightCommandDeps): void {
  if (!isTuxError(error)) throw error;
  const { code, message, hint } = error;
  if (asJson) write(`${JSON.stringify({ ok: false, error: { code, message, hint } }, null, 2)}\n`);
  else writeError(`❌ ${describeError(error)}\n`);
  // To `tux`, no supervisor is the same as no bot: what was asked for cannot be reached.
  setExitCode(unreachable.has(code) ? ExitCode.UNAVAILABLE : exitCodeOf(error));
}
