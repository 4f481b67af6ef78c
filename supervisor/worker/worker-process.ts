import { type ChildProcess, spawn } from 'node:child_process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, systemClock } from '../../shared/clock.js';
import { TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { type SupervisorMessage, type WorkerMessage, workerMessageSchema } from '../../shared/ipc-protocol.js';
import { killRunaways, RUN_ID_VARIABLE, signalGroup } from './process-group.js';
import { readLines } from './read-lines.js';

/** How long the pipes may stay open after the process has gone; a grandchild that holds them is killed before that. */
const PIPE_CLOSE_MS = 2_000;
/**
 * Turns of the event loop in which what a process that is gone had sent is read. The channel is closed after the first or the
 * second, unless a child of its own holds it open.
 */
const LAST_MESSAGES_TURNS = 10;

/**
 * Room for young objects, in MiB. Node's 16 take 25 MB more, which the kernel has to give back before the worker is gone, and nobody
 * may take its place sooner. Handlers leave little behind that lives longer.
 */
export const YOUNG_MIB = 4;

const NODE_ARGS = ['--enable-source-maps', '--inspect-port=127.0.0.1:0', `--max-semi-space-size=${YOUNG_MIB}`];

export interface WorkerProcessOptions {
  readonly runId: string;
  /** The program: absolute path of a compiled JavaScript file. */
  readonly program: string;
  /** Arguments for the program. */
  readonly args?: readonly string[];
  /** Options for Node itself, before the program. */
  readonly nodeArgs?: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly handlers: WorkerHandlers;
  readonly clock?: Clock;
}

/** Called with what a process says. */
export interface WorkerHandlers {
  /** A validated message. */
  onMessage(message: WorkerMessage): void;
  /** A message that does not fit the protocol; it was dropped. */
  onBadMessage(problem: string): void;
  /** One line of output, without its line break. */
  onLine(stream: 'stdout' | 'stderr', line: string): void;
}

/** How a process ended. */
export interface Reaped {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly uptimeMs: number;
}

/** How a process ended, once all that it left behind is gone. */
export interface ExitStatus extends Reaped {
  /** Pids of descendants that had left the worker's process group and were killed. */
  readonly runaways: readonly number[];
}

/**
 * One worker from spawn to reaped. It leads a process group of its own, so that a terminal's Ctrl-C does not reach it past
 * the supervisor and that nothing of it survives. `reaped` settles as soon as the process is gone, its group is killed and
 * its last messages are in: the next one may begin. `exited` settles once its runaways are killed, too, and its pipes have
 * closed, so that its last words are in.
 *
 * Not by execa: when there is no process to be had (EAGAIN, EMFILE), it trips over the streams that are not there and leaves
 * the 'error' event of the child unheard, which would end the supervisor (seen with execa 9.6.1).
 */
export class WorkerProcess {
  readonly pid: number;
  readonly runId: string;
  readonly reaped: Promise<Reaped>;
  readonly exited: Promise<ExitStatus>;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  #handlers: WorkerHandlers;
  /** Monotonic ms. */
  #startedAt: number;

  private constructor(child: ChildProcess, pid: number, options: WorkerProcessOptions) {
    this.pid = pid;
    this.runId = options.runId;
    this.#child = child;
    this.#clock = options.clock ?? systemClock;
    this.#startedAt = this.#clock.monotonic();
    this.#handlers = options.handlers;
    child.on('message', (raw) => this.#receive(raw));
    const drained = [
      readLines(child.stdout, (line) => this.#handlers.onLine('stdout', line)),
      readLines(child.stderr, (line) => this.#handlers.onLine('stderr', line)),
    ];
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    this.reaped = this.#watchExit();
    this.exited = this.#watchEnd([closed, ...drained]);
  }

  /** @throws TuxError TUX_SPAWN (exit 69) when there can be no process now: no memory, or too many processes. */
  static spawn(options: WorkerProcessOptions): WorkerProcess {
    const { program, args = [], nodeArgs = [] } = options;
    const argv = [...NODE_ARGS, ...nodeArgs, program, ...args];
    const child = spawn(process.execPath, argv, {
      cwd: options.cwd,
      env: { ...options.environment, [RUN_ID_VARIABLE]: options.runId },
      serialization: 'advanced',
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    // There is no process, which the missing pid tells; or a signal could not be sent, which shows in an exit that does not come.
    child.on('error', () => {});
    if (child.pid === undefined) {
      throw new TuxError('TUX_SPAWN', `Cannot start ${process.execPath} ${program}`, {
        exitCode: ExitCode.UNAVAILABLE,
        hint: 'the machine may have no memory or no processes left: tux-supervisor doctor',
      });
    }
    return new WorkerProcess(child, child.pid, options);
  }

  get uptimeMs(): number {
    return this.#clock.monotonic() - this.#startedAt;
  }

  /** A standby takes over: it answers to `handlers` from now on, and its time counts from now. */
  handOver(handlers: WorkerHandlers): void {
    this.#handlers = handlers;
    this.#startedAt = this.#clock.monotonic();
  }

  /** False when the channel is closed: a worker that cannot hear has to be signalled. */
  send(message: SupervisorMessage): boolean {
    if (!this.#child.connected) return false;
    this.#child.send(message, () => {}); // an error means that the worker is going; its exit tells
    return true;
  }

  /** Signals the worker alone: what it started is its to end gracefully. */
  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  /** SIGKILL to the whole group, stopped or not. */
  kill(): void {
    signalGroup(this.pid, 'SIGKILL');
  }

  #receive(raw: unknown): void {
    const parsed = workerMessageSchema.safeParse(raw);
    if (parsed.success) this.#handlers.onMessage(parsed.data);
    else {
      const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
      this.#handlers.onBadMessage(problems.join('; '));
    }
  }

  async #watchExit(): Promise<Reaped> {
    const child = this.#child;
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
      child.once('exit', (code, signal) => resolve([code, signal as NodeJS.Signals | null])),
    );
    const { uptimeMs } = this;
    signalGroup(this.pid, 'SIGKILL');
    for (let turn = 0; child.connected && turn < LAST_MESSAGES_TURNS; turn += 1) await nextTurn();
    return { code, signal, uptimeMs };
  }

  async #watchEnd(drained: readonly Promise<void>[]): Promise<ExitStatus> {
    const reaped = await this.reaped;
    const runaways = await killRunaways(this.pid, this.runId);
    const timeUp = new AbortController();
    const pipesClosed = Promise.all(drained).then(() => timeUp.abort());
    await Promise.race([pipesClosed, this.#clock.sleep(PIPE_CLOSE_MS, timeUp.signal).catch(() => {})]);
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
    return { ...reaped, runaways };
  }
}
