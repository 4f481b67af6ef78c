import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compiledFolder, packageFile } from '../../shared/package.js';
import { LogWatch } from '../../tests/support/log-watch.js';
import { benchProgram } from './program.js';

/** A module for the supervisor: after a crash it starts the next worker at once, where else chance decides how long it waits. */
export const SHORTEST_WAIT = pathToFileURL(join(compiledFolder(), 'bench', 'shortest-wait.js')).href;

/** The real supervisor as it is installed, with `bench/programs/first-line-worker.mjs` in place of the bot. */
export class SmallSupervision {
  readonly log = new LogWatch();
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(folder: string, environment: Readonly<Record<string, string>>) {
    const program = join(folder, 'dist', 'supervisor', 'main.js');
    this.#child = spawn(process.execPath, ['--import', SHORTEST_WAIT, program, 'start'], {
      env: {
        PATH: process.env.PATH,
        DISCORD_TOKEN: 'no-token-at-all',
        TUX_STATE_DIR: join(folder, 'state'),
        TUX_LOG_DIR: join(folder, 'logs'),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#ended = once(this.#child, 'close');
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => this.log.feed(chunk));
  }

  /** @param folder is made. @param environment of the supervisor; what begins with `TUX_` is the worker's as well. */
  static async start(folder: string, environment: Readonly<Record<string, string>>): Promise<SmallSupervision> {
    await mkdir(join(folder, 'dist', 'bot'), { recursive: true });
    await Promise.all([
      ...['supervisor', 'chunks', 'shared'].map((name) =>
        cp(join(compiledFolder(), name), join(folder, 'dist', name), { recursive: true }),
      ),
      ...['package.json', 'package-lock.json'].map((name) => copyFile(packageFile(name), join(folder, name))),
      copyFile(benchProgram('first-line-worker.mjs'), join(folder, 'dist', 'bot', 'main.js')),
      copyFile(benchProgram('first-line.mjs'), join(folder, 'dist', 'bot', 'first-line.mjs')),
      symlink(packageFile('node_modules'), join(folder, 'node_modules')),
    ]);
    return new SmallSupervision(folder, environment);
  }

  get pid(): number {
    return pidOf(this.#child);
  }

  /** Sends SIGTERM. Resolves when the supervisor has ended; its worker and its standby have, then. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }
}

/** @throws when the process could not be started. */
export function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the process did not start');
  return pid;
}
