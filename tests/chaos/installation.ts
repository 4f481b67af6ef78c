import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { SANDBOX_IDS, SANDBOX_TOKEN, type Sandbox, startSandbox } from '../../sandbox/index.js';
import type { RunRecord } from '../../shared/control/run-record.js';
import type { Status } from '../../shared/control/status.js';
import { SupervisorClient } from '../../shared/control/supervisor-client.js';
import { deadline } from '../../shared/deadline.js';
import type { IdentifyLedger } from '../../shared/identify-ledger.js';
import { readLockOwner } from '../../shared/instance-lock.js';
import { type Paths, resolvePaths } from '../../shared/paths.js';
import { readHistory } from '../../supervisor/history/run-history.js';
import type { RestartState } from '../../supervisor/restart/restart-policy.js';
import { Conversation } from '../support/conversation.js';
import { isRoot } from '../support/postgres-binaries.js';
import { eventually, processesWith, sendSignal } from '../support/processes.js';
import { type Ended, Program, SUPERVISOR } from '../support/program.js';
import { Traffic } from '../support/traffic.js';
import { promises } from '../support/traffic-plan.js';
import type { InnerFaults } from './inner-faults.js';
import type { Role } from './plan/planned-fault.js';

/** Pause between two commands of the traffic. */
const INTERVAL_MS = 50;
/** So often a client has to send a heartbeat: what acknowledges none is given up after twice as long. */
const GATEWAY_HEARTBEAT_MS = 1_500;
/** Well beyond TUX_STOP_TIMEOUT_MS and what follows it. */
const STOP_LIMIT_MS = 30_000;
/** Tux as quick as its settings allow. A worker that says nothing for 4 s hangs: beside other tests loading the bot takes one two. */
const SETTINGS = {
  TUX_STANDBY: 'on',
  TUX_HEARTBEAT_INTERVAL_MS: '200',
  TUX_HEARTBEAT_MISSES: '20',
  TUX_STOP_TIMEOUT_MS: '8000',
  TUX_DRAIN_TIMEOUT_MS: '2000',
  LOG_LEVEL: 'debug',
};
/** What makes the mode of a folder count for root as well, see capabilities(7). */
const WITHOUT_PASSING_BY = ['-dac_override,-dac_read_search'].flatMap((rights) => [
  '--bounding-set',
  rights,
  '--inh-caps',
  rights,
]);

/** How a supervisor ended. */
export interface SupervisorEnd extends Ended {
  readonly pid: number;
  /** True when it had said nothing yet: Node was still starting it. */
  readonly wasSilent: boolean;
}

export interface InstallationOptions {
  /** A folder on a small disk of its own. */
  readonly disk: string;
  readonly databaseUrl: string;
  readonly trafficSeed: number;
}

/** Tux on a machine of its own: its folders, a sandbox Discord with people who use it, and somebody who starts it again when it ends. */
export class Installation {
  readonly folder: string;
  readonly paths: Paths;
  readonly sandbox: Sandbox;
  readonly databaseUrl: string;
  readonly traffic: Traffic;
  readonly client: SupervisorClient;
  /** How each supervisor ended that was started so far, in that order. */
  readonly supervisorEnds: SupervisorEnd[] = [];
  readonly #env: Record<string, string>;
  readonly #innerFaultsFile: string;
  readonly #programs: Program[] = [];
  #supervisor: Program | null = null;
  /** Starts the supervisor again when it has ended, until it is told that this is over; null while nobody does. */
  #keeper: { isOver: boolean } | null = null;
  #reviveAfterMs = 0;
  #innerFaults: InnerFaults = { clockOffsetMs: { supervisor: 0, worker: 0 }, isSyncFailing: false };

  private constructor(folder: string, sandbox: Sandbox, { disk, databaseUrl, trafficSeed }: InstallationOptions) {
    this.folder = folder;
    this.sandbox = sandbox;
    this.databaseUrl = databaseUrl;
    this.paths = resolvePaths({ stateDir: join(disk, 'state'), logDir: join(folder, 'logs') });
    this.client = new SupervisorClient(this.paths.stateDir);
    this.traffic = new Traffic(sandbox, { seed: trafficSeed, intervalMs: INTERVAL_MS, mix: promises });
    this.#innerFaultsFile = join(folder, 'inner-faults.json');
    this.#env = {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      TUX_LOG_DIR: this.paths.logDir,
      TUX_STATE_DIR: this.paths.stateDir,
      DISCORD_TOKEN: SANDBOX_TOKEN,
      DISCORD_API_URL: sandbox.apiUrl,
      DATABASE_URL: databaseUrl,
      TUX_OWNER_IDS: SANDBOX_IDS.users.owner,
      ...SETTINGS,
      TUX_CHAOS_FILE: this.#innerFaultsFile,
      NODE_OPTIONS: `--import=${pathToFileURL(resolve(import.meta.dirname, 'inner-faults.js')).href}`,
    };
  }

  /** Makes the folders and the sandbox. Tux is started by {@link settle}. */
  static async create(options: InstallationOptions): Promise<Installation> {
    const folder = await mkdtemp(join(tmpdir(), 'tux-chaos-'));
    const sandbox = await startSandbox({ heartbeatIntervalMs: GATEWAY_HEARTBEAT_MS });
    const installation = new Installation(folder, sandbox, options);
    await installation.setInnerFaults({});
    await mkdir(installation.paths.stateDir, { mode: 0o700 });
    return installation;
  }

  /** Starts Tux, and from now on starts it again so long after it ended, as a service manager would. */
  keepRunning(reviveAfterMs: number): void {
    this.#reviveAfterMs = reviveAfterMs;
    if (this.#keeper !== null) return;
    this.#keeper = { isOver: false };
    void this.#keep(this.#keeper);
  }

  /** The supervisor that runs; null while there is none. */
  get supervisor(): Program | null {
    return this.#supervisor;
  }

  /** Every supervisor that was started, with what it said. */
  get programs(): readonly Program[] {
    return this.#programs;
  }

  status(): Promise<Status> {
    return this.client.status(AbortSignal.timeout(2_000));
  }

  history(): Promise<RunRecord[]> {
    return readHistory(this.paths.history);
  }

  /** Runs whose end its supervisors have told of so far. */
  toldEnds(): string[] {
    return this.#programs.flatMap(({ log }) => log.all('worker:ended').map(({ runId }) => String(runId)));
  }

  /** Pids of everything that runs for it. */
  processes(): number[] {
    return processesWith(`TUX_STATE_DIR=${this.paths.stateDir}`);
  }

  /** The pid of whoever has this role at the moment; null when nobody has. */
  async pidOf(role: Role): Promise<number | null> {
    const supervisor = this.#supervisor?.pid ?? null;
    if (role === 'supervisor') return supervisor;
    const worker = await readLockOwner(this.paths.botLock).then(
      (owner) => owner?.pid ?? null,
      () => null,
    );
    const others = this.processes().filter((pid) => pid !== supervisor);
    if (role === 'worker') return others.find((pid) => pid === worker) ?? null;
    return others.find((pid) => pid !== worker) ?? null;
  }

  /** Starts Tux, waits until it serves, and does what is done once for an installation. */
  async settle(): Promise<void> {
    this.keepRunning(0);
    await eventually('Tux serves', async () => (await this.status().catch(() => null))?.ready === true, 60_000);
    await this.#assertInnerFaultsHeeded();
    await new Conversation(this.sandbox).slash('modlog', { channel: 'mod-log' });
  }

  /** Crashes in a row, as the supervisor remembers them. */
  async crashes(): Promise<number> {
    const { restart } = await this.#dataOf<{ restart: RestartState }>(this.paths.supervisorState);
    return restart.consecutiveCrashes;
  }

  async identifiesInLedger(): Promise<number> {
    return (await this.#dataOf<IdentifyLedger>(this.paths.identifyLedger)).identifies.length;
  }

  /** Changes what is wrong inside of the processes, see `inner-faults.ts`. What is not named stays as it is. */
  async setInnerFaults(change: Partial<InnerFaults>): Promise<void> {
    this.#innerFaults = { ...this.#innerFaults, ...change };
    await writeFile(this.#innerFaultsFile, JSON.stringify(this.#innerFaults));
  }

  /** Stops Tux in order. Whoever kept it running does so no more. @throws when it takes too long. */
  async stop(): Promise<Ended | null> {
    this.#dismissKeeper();
    const supervisor = this.#supervisor;
    if (supervisor === null) return null;
    supervisor.kill('SIGTERM');
    return deadline('the stop of the supervisor', STOP_LIMIT_MS, () => supervisor.ended);
  }

  /** Ends all of it as `kill -9` of a whole machine would, and removes its files. */
  async dispose(): Promise<void> {
    this.#dismissKeeper();
    await this.traffic.stop();
    this.traffic.close();
    await eventually('all processes of the installation are gone', () => {
      const pids = this.processes();
      for (const pid of pids) sendSignal(pid, 'SIGKILL');
      return pids.length === 0;
    });
    await Promise.all(this.#programs.map(({ ended }) => ended));
    await this.sandbox.close();
    await rm(this.paths.stateDir, { recursive: true, force: true });
    await rm(this.folder, { recursive: true, force: true });
  }

  async #assertInnerFaultsHeeded(): Promise<void> {
    const { supervisor, worker } = await this.status();
    const heeding = (await readFile(`${this.#innerFaultsFile}.heeded`, 'utf8')).split('\n');
    for (const process of [`supervisor ${supervisor.pid}`, `worker ${worker?.pid}`]) {
      if (!heeding.includes(process)) throw new Error(`inner-faults.ts is not in ${process}`);
    }
  }

  async #dataOf<T>(path: string): Promise<T> {
    return (JSON.parse(await readFile(path, 'utf8')) as { data: T }).data;
  }

  #dismissKeeper(): void {
    if (this.#keeper !== null) this.#keeper.isOver = true;
    this.#keeper = null;
  }

  async #keep(keeper: { readonly isOver: boolean }): Promise<void> {
    while (!keeper.isOver) {
      const program = new Program(this.#spawn());
      this.#supervisor = program;
      this.#programs.push(program);
      const ended = await program.ended;
      this.#supervisor = null;
      this.supervisorEnds.push({ ...ended, pid: program.pid, wasSilent: program.log.text === '' });
      await sleep(this.#reviveAfterMs);
    }
  }

  #spawn(): ChildProcess {
    const command = [process.execPath, SUPERVISOR, 'start'];
    const [program = '', ...args] = isRoot ? ['setpriv', ...WITHOUT_PASSING_BY, ...command] : command;
    return spawn(program, args, { cwd: this.folder, env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] });
  }
}
