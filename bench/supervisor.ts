import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SANDBOX_IDS, SANDBOX_TOKEN, startSandbox } from '../sandbox/index.js';
import { SupervisorClient } from '../shared/control/supervisor-client.js';
import { costOf, type ProcessCost } from './process-cost.js';

// What the supervisor costs while its worker serves and nobody asks for anything, beside a bare Node that does nothing. The
// Discord is in this process, so that the supervisor has the one child that it has on a server.
// Usage: npm run bench supervisor [-- SECONDS]

const DEFAULT_SECONDS = 60;
/** Until it has forgotten the start. */
const SETTLE_MS = 30_000;
const MIB = 1024 * 1024;
const SUPERVISOR = resolve(import.meta.dirname, '../supervisor/main.js');

interface Row {
  readonly name: string;
  readonly rssMib: number;
  readonly pssMib: number;
  readonly wakeUpsPerSecond: number;
  readonly cpuMsPerMinute: number;
}

const seconds = Number(process.argv[2] ?? DEFAULT_SECONDS);
if (!(seconds > 0)) throw new Error(`not a number of seconds: ${process.argv[2]}`);
const folder = await mkdtemp(join(tmpdir(), 'tux-bench-'));
const sandbox = await startSandbox();
const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 2 ** 30)']);
try {
  const reference = await measure('bare Node', pidOf(bare), SETTLE_MS);
  const rows = [reference, await alone(), ...(await withHttp())];
  for (const row of rows) console.log(describe(row, reference));
} finally {
  bare.kill();
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
}

/** The supervisor without a port to listen at. */
async function alone(): Promise<Row> {
  return whileRunning({}, (pid) => measure('supervisor', pid, SETTLE_MS));
}

/** With one, while nobody asks, and while somebody looks at the status page. */
async function withHttp(): Promise<Row[]> {
  return whileRunning({ TUX_HTTP_PORT: '0' }, async (pid, client) => {
    const unasked = await measure('with TUX_HTTP_PORT', pid, SETTLE_MS);
    const { http } = await client.status();
    if (!http) throw new Error('nothing listens');
    const looking = new AbortController();
    const events = await fetch(new URL('api/events', http.url), { signal: looking.signal });
    void events.text().catch(() => {}); // read to the end, which is when we stop looking
    const watched = await measure('with the page open', pid, 0);
    looking.abort();
    return [unasked, watched];
  });
}

async function whileRunning<T>(
  settings: Readonly<Record<string, string>>,
  look: (pid: number, client: SupervisorClient) => Promise<T>,
): Promise<T> {
  const child = spawn(process.execPath, [SUPERVISOR, 'start'], {
    env: {
      PATH: process.env.PATH,
      DISCORD_TOKEN: SANDBOX_TOKEN,
      DISCORD_API_URL: sandbox.apiUrl,
      TUX_OWNER_IDS: SANDBOX_IDS.users.owner,
      TUX_STATE_DIR: folder,
      TUX_LOG_DIR: join(folder, 'logs'),
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  try {
    await ready(child);
    return await look(pidOf(child), new SupervisorClient(folder));
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

/** Waits for the line that says so; then reads on, so that the pipe never fills. */
async function ready(child: ChildProcess): Promise<void> {
  let text = '';
  await new Promise<void>((resolve, reject) => {
    child.once('close', (code) => reject(new Error(`the supervisor ended with ${code}:\n${text}`)));
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      if (text.includes('"worker:ready"')) return;
      text += chunk;
      if (text.includes('"worker:ready"')) resolve();
    });
  });
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the process did not start');
  return pid;
}

async function measure(name: string, pid: number, settleMs: number): Promise<Row> {
  await sleep(settleMs);
  const [before, startedAt] = [costOf(pid), performance.now()];
  await sleep(seconds * 1_000);
  const [after, ms] = [costOf(pid), performance.now() - startedAt];
  const perMinute = (figure: keyof ProcessCost) => ((after[figure] - before[figure]) / ms) * 60_000;
  return {
    name,
    rssMib: after.rssBytes / MIB,
    pssMib: after.pssBytes / MIB,
    wakeUpsPerSecond: perMinute('wakeUps') / 60,
    cpuMsPerMinute: perMinute('cpuMs'),
  };
}

function describe({ name, rssMib, pssMib, wakeUpsPerSecond, cpuMsPerMinute }: Row, reference: Row): string {
  const figures = [
    `RSS ${rssMib.toFixed(1)} MiB (${(rssMib / reference.rssMib).toFixed(2)} ×)`,
    `PSS ${pssMib.toFixed(1)} MiB (${(pssMib / reference.pssMib).toFixed(2)} ×)`,
    `${wakeUpsPerSecond.toFixed(2)} wake-ups/s`,
    `${cpuMsPerMinute.toFixed(0)} ms CPU/min`,
  ];
  return `${name.padEnd(20)}${figures.join('   ')}`;
}
