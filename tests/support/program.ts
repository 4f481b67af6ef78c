import type { ChildProcess } from 'node:child_process';
import { packageFile } from '../../shared/package.js';
import { LogWatch } from './log-watch.js';

export const SUPERVISOR = packageFile('dist/supervisor/main.js');
export const TUX = packageFile('dist/bot/cli/main.js');
/** The worker, to be run without a supervisor. */
export const BOT = packageFile('dist/bot/main.js');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program of ours that runs as a child of the test. */
export class Program {
  readonly pid: number;
  readonly log = new LogWatch();
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    if (child.pid === undefined) throw new Error('the program did not start');
    this.pid = child.pid;
    this.#child = child;
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => this.log.feed(chunk));
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => this.log.feed(chunk));
    this.ended = new Promise((done) => child.once('close', (code, signal) => done({ code, signal })));
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The pid of the worker that was started last. */
  get workerPid(): number {
    const started = this.log.all('worker:started').at(-1);
    if (typeof started?.pid !== 'number') throw new Error(`no worker was started:\n${this.log.text}`);
    return started.pid;
  }

  /** Waits for the next `ready`, not counting those before `from` (an index into `log.lines`). */
  async ready(from = 0): Promise<void> {
    await this.log.waitFor('worker:ready', (line) => line.name === 'supervisor', { from });
  }
}
