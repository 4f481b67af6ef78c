import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { SANDBOX_IDS, startSandbox } from '../sandbox/index.js';
import type { WorkerMessage } from '../shared/ipc-protocol.js';
import { packageFile } from '../shared/package.js';
import { countArgument } from './support/arguments.js';
import { bareStarts } from './support/bare-node.js';
import { benchProgram } from './support/program.js';
import { amount, printNote, printTable } from './support/report.js';
import { median } from './support/statistics.js';
import { inTemporaryFolder } from './support/temporary-folder.js';
import { BenchedWorker } from './worker.js';

// From the start of the bot's process until it serves, with the embedded database: the way there, and what each package costs that is
// imported on it. Usage: npm run bench start-up [-- ROUNDS]

const DEFAULT_ROUNDS = 5;
const REFERENCE_ROUNDS = 15;
/** The packages that are listed, most expensive first. */
const LISTED = 12;
const IMPORTS_EACH = 3;
/** Dependencies that are loaded elsewhere or rarely: by the supervisor, by a command, with a setting. */
const NOT_AT_START = [
  '@hono/node-server',
  'hono',
  'commander',
  'execa',
  'pino-pretty',
  '@sentry/node',
  'ws',
  'discord-api-types',
];

interface Step {
  readonly what: string;
  readonly atMs: number;
}

interface Start {
  readonly readyMs: number;
  readonly steps: readonly Step[];
}

const rounds = countArgument(DEFAULT_ROUNDS);
const bare = median(await bareStarts(REFERENCE_ROUNDS));
const starts: Start[] = [];
for (let round = 0; round < rounds; round += 1) starts.push(await inTemporaryFolder(startOnce));
const [middle] = [...starts].sort((a, b) => a.readyMs - b.readyMs).slice(Math.floor(rounds / 2));
const readyMs = median(starts.map((start) => start.readyMs));
const references = [{ name: 'bare Node, first line', value: bare, kind: 'scale' as const }];
printTable('start-up: the bot with the embedded database', [
  { what: 'spawn → it serves', value: readyMs, unit: 'ms', references },
]);
printNote(
  `the way, in ms since the spawn: ${middle?.steps.map(({ what, atMs }) => `${what} ${atMs.toFixed(0)}`).join(' · ')}`,
);
printNote('what a package costs in a Node that imports nothing else, in ms:');
for (const { name, ms } of (await importCosts()).slice(0, LISTED))
  printNote(`  ${amount(ms, 'ms').padStart(8)}  ${name}`);

/** The second start in a folder: the first makes the database. */
async function startOnce(folder: string): Promise<Start> {
  const sandbox = await startSandbox();
  const settings = {
    DISCORD_API_URL: sandbox.apiUrl,
    TUX_STATE_DIR: folder,
    TUX_LOG_DIR: folder,
    TUX_OWNER_IDS: SANDBOX_IDS.users.owner,
  };
  try {
    await run(settings);
    return await run(settings);
  } finally {
    await sandbox.close();
  }
}

async function run(settings: Readonly<Record<string, string>>): Promise<Start> {
  const steps: Step[] = [];
  const worker = new BenchedWorker(settings, (message, atMs) => {
    const what = stepOf(message);
    if (what !== null) steps.push({ what, atMs });
  });
  try {
    return { readyMs: await worker.bootMs, steps };
  } finally {
    await worker.stop();
  }
}

function stepOf(message: WorkerMessage): string | null {
  if (message.type === 'hello') return 'hello';
  if (message.type === 'state' && message.to === 'STARTING') return 'imported';
  if (message.type === 'service' && message.stage === 'running') return message.name;
  return message.type === 'ready' ? 'ready' : null;
}

async function importCosts(): Promise<{ name: string; ms: number }[]> {
  const { dependencies } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const costs: { name: string; ms: number }[] = [];
  for (const name of Object.keys(dependencies).filter((one) => !NOT_AT_START.includes(one))) {
    const times: number[] = [];
    while (times.length < IMPORTS_EACH) times.push(await importCost(name));
    costs.push({ name, ms: median(times) });
  }
  return costs.sort((left, right) => right.ms - left.ms);
}

async function importCost(name: string): Promise<number> {
  const env = { PATH: process.env.PATH };
  const { stdout } = await promisify(execFile)(process.execPath, [benchProgram('import-one.mjs'), name], { env });
  return Number(stdout);
}
