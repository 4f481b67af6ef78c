import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { APIMessage } from 'discord-api-types/v10';
import { SANDBOX_IDS, SANDBOX_TOKEN, type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/index.js';
import type { RunRecord } from '../../shared/control/run-record.js';
import type { Status } from '../../shared/control/status.js';
import { SupervisorClient } from '../../shared/control/supervisor-client.js';
import { type Paths, resolvePaths } from '../../shared/paths.js';
import { readHistory } from '../../supervisor/history/run-history.js';
import { makeEmbedded } from './database-backends.js';
import { eventually, processesWith, sendSignal } from './processes.js';
import { BOT, Program, SUPERVISOR, TUX } from './program.js';

export { BOT, Program, SUPERVISOR, TUX };

/**
 * A whole installation for one test: folders of its own, a sandbox Discord in this process, the real programs as children.
 * `dispose` ends what is left, by pid, and fails when something of it outlives that.
 */
export class TuxRig {
  readonly folder: string;
  readonly paths: Paths;
  readonly sandbox: Sandbox;
  /** For every program that is started. */
  readonly env: Record<string, string>;
  readonly #programs: Program[] = [];

  private constructor(folder: string, sandbox: Sandbox, env: Record<string, string>) {
    this.folder = folder;
    this.sandbox = sandbox;
    this.paths = resolvePaths({
      stateDir: resolve(folder, env.TUX_STATE_DIR ?? 'state'),
      logDir: join(folder, 'logs'),
    });
    this.env = {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      TUX_STANDBY: 'off', // hundreds of starts must stay cheap
      TUX_LOG_DIR: this.paths.logDir,
      DISCORD_TOKEN: SANDBOX_TOKEN,
      DISCORD_API_URL: sandbox.apiUrl,
      TUX_OWNER_IDS: SANDBOX_IDS.users.owner,
      ...env,
      TUX_STATE_DIR: this.paths.stateDir,
    };
  }

  /** @param env more settings, e.g. DATABASE_URL; without that the embedded database is used. TUX_STATE_DIR is relative to the rig. */
  static async create(env: Record<string, string> = {}, sandbox: SandboxOptions = {}): Promise<TuxRig> {
    if (!existsSync(SUPERVISOR)) throw new Error('dist/ is missing: run npm run setup first');
    const folder = await mkdtemp(join(tmpdir(), 'tux-e2e-'));
    const rig = new TuxRig(folder, await startSandbox(sandbox), env);
    // Making one takes the worker seconds, each time anew; `fresh-checkout.test.ts` has one made by it.
    if (env.DATABASE_URL === undefined && env.TUX_STATE_DIR === undefined) await makeEmbedded(rig.paths);
    return rig;
  }

  get client(): SupervisorClient {
    return new SupervisorClient(this.paths.stateDir);
  }

  /** `tux-supervisor start`. */
  start(env: Record<string, string> = {}, args: readonly string[] = []): Program {
    return this.run(SUPERVISOR, ['start', ...args], env);
  }

  /** Starts and waits until Tux is ready. */
  async startReady(env: Record<string, string> = {}): Promise<Program> {
    const supervisor = this.start(env);
    await supervisor.ready();
    return supervisor;
  }

  /** Runs any JavaScript program with the rig's environment. */
  run(program: string, args: readonly string[], env: Record<string, string> = {}): Program {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: this.folder,
      env: { ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const running = new Program(child);
    this.#programs.push(running);
    return running;
  }

  /** A command of `tux-supervisor` that ends by itself. */
  async supervisorCommand(...args: string[]): Promise<{ code: number | null; output: string }> {
    return this.#command(SUPERVISOR, args);
  }

  async tuxCommand(...args: string[]): Promise<{ code: number | null; output: string }> {
    return this.#command(TUX, args);
  }

  status(): Promise<Status> {
    return this.client.status();
  }

  /** Says something in the sandbox and waits for the bot's answer to it. */
  async ask(text: string, as = 'owner', timeoutMs = 10_000): Promise<APIMessage> {
    const after = this.sandbox.recorder.mark();
    this.sandbox.actors.say({ text, as });
    const isAnswer = (message: APIMessage) => message.author.id === SANDBOX_IDS.bot;
    return this.sandbox.recorder.waitForMessage(isAnswer, { after, timeoutMs });
  }

  /** The data of a state file. */
  async readState(path: string): Promise<Record<string, unknown>> {
    return (JSON.parse(await readFile(path, 'utf8')) as { data: Record<string, unknown> }).data;
  }

  /** With every run whose end a supervisor has told of: the next worker may serve before the last one's line is written. */
  async history(): Promise<RunRecord[]> {
    const ended = this.#programs.flatMap(({ log }) => log.all('worker:ended')).map(({ runId }) => runId);
    let history: RunRecord[] = [];
    await eventually('the ends that were told are in the history', async () => {
      history = await readHistory(this.paths.history);
      return ended.every((runId) => history.some((run) => run.runId === runId));
    });
    return history;
  }

  /** Pids of everything that runs for this rig. */
  processes(): number[] {
    return processesWith(`TUX_STATE_DIR=${this.paths.stateDir}`);
  }

  /** Ends a supervisor and everything of it as `kill -9` of a whole machine would. */
  async dispose(): Promise<void> {
    for (const pid of this.processes()) sendSignal(pid, 'SIGKILL');
    await Promise.all(this.#programs.map(({ ended }) => ended));
    await eventually('all processes of the rig are gone', () => this.processes().length === 0);
    await this.sandbox.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #command(program: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
    const running = this.run(program, args);
    const { code } = await running.ended;
    return { code, output: running.log.text };
  }
}
