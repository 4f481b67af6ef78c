import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { SANDBOX_IDS, SANDBOX_TOKEN, type Sandbox } from '../sandbox/index.js';
import { SupervisorClient } from '../shared/control/supervisor-client.js';
import { readLockOwner } from '../shared/instance-lock.js';
import { LogWatch } from '../tests/support/log-watch.js';

const SUPERVISOR = resolve(import.meta.dirname, '../supervisor/main.js');

/** The real supervisor with its worker, as a child of a benchmark. */
export class SupervisedTux {
  readonly log = new LogWatch();
  readonly client: SupervisorClient;
  readonly #stateDir: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  /** @param preload a module for the supervisor alone. */
  constructor(sandbox: Sandbox, stateDir: string, settings: Readonly<Record<string, string>>, preload: string) {
    this.#stateDir = stateDir;
    this.client = new SupervisorClient(stateDir);
    this.#child = spawn(process.execPath, ['--import', preload, SUPERVISOR, 'start'], {
      env: {
        PATH: process.env.PATH,
        DISCORD_TOKEN: SANDBOX_TOKEN,
        DISCORD_API_URL: sandbox.apiUrl,
        TUX_OWNER_IDS: SANDBOX_IDS.users.owner,
        TUX_STATE_DIR: stateDir,
        TUX_LOG_DIR: join(stateDir, 'logs'),
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#ended = once(this.#child, 'close');
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => this.log.feed(chunk));
  }

  /** The pid of the supervisor. */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the supervisor did not start');
    return this.#child.pid;
  }

  /** Waits for the next line with this event, not counting those before `from`. */
  async until(event: string, from = 0): Promise<void> {
    await this.log.waitFor(event, undefined, { from });
  }

  /** Whoever holds the lock of the bot. */
  async workerPid(): Promise<number> {
    const owner = await readLockOwner(join(this.#stateDir, 'bot.lock'));
    if (owner === null) throw new Error('no worker holds the lock');
    return owner.pid;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }
}
