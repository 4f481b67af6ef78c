import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../../tests/support/processes.js';
import { peerFile } from './peer.js';
import { pidOf } from './small-supervision.js';

const run = promisify(execFile);

/** pm2 with its daemon as a child of ours, so that nothing of it outlives the benchmark. */
export class Pm2 {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #daemon: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(home: string, environment: Readonly<Record<string, string>>) {
    this.#environment = { PATH: process.env.PATH, HOME: home, PM2_HOME: home, ...environment };
    this.#daemon = spawn(process.execPath, [peerFile('pm2/lib/Daemon.js')], {
      env: this.#environment,
      stdio: 'ignore',
    });
    this.#ended = once(this.#daemon, 'close');
  }

  /** @param home an empty folder. @param environment of the daemon and of its programs. */
  static async start(home: string, environment: Readonly<Record<string, string>> = {}): Promise<Pm2> {
    const pm2 = new Pm2(home, environment);
    await eventually('the daemon of pm2 listens', () => existsSync(join(home, 'rpc.sock')));
    return pm2;
  }

  /** The pid of the daemon. */
  get pid(): number {
    return pidOf(this.#daemon);
  }

  /** One command of its command line, such as `start FILE --name NAME`. */
  async command(...args: readonly string[]): Promise<void> {
    await run(process.execPath, [peerFile('pm2/bin/pm2'), ...args], { env: this.#environment });
  }

  /** Sends SIGTERM to the daemon, which ends its programs first. */
  async stop(): Promise<void> {
    this.#daemon.kill('SIGTERM');
    await this.#ended;
  }
}
