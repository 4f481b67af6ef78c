import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { SANDBOX_TOKEN } from '../sandbox/index.js';
import { type SupervisorMessage, type WorkerMessage, workerMessageSchema } from '../shared/ipc-protocol.js';
import { compiledProgram } from '../shared/package.js';

/** One look at the worker's memory. */
export interface Sample {
  /** Since the start of the benchmark. */
  readonly atMs: number;
  readonly rssBytes: number;
}

/** The real bot as a child of the benchmark, which is its supervisor: it grants IDENTIFYs and listens to the heartbeats. */
export class BenchedWorker {
  readonly samples: Sample[] = [];
  /** Spawn to `ready`, in ms. */
  readonly bootMs: Promise<number>;
  readonly #child: ChildProcess;
  readonly #startedAt = performance.now();
  readonly #onMessage: (message: WorkerMessage, atMs: number) => void;

  /** @param onMessage hears everything that it says; `atMs` is since the spawn. */
  constructor(
    settings: Readonly<Record<string, string>>,
    onMessage: (message: WorkerMessage, atMs: number) => void = () => {},
  ) {
    this.#onMessage = onMessage;
    this.#child = fork(compiledProgram('bot'), {
      env: {
        PATH: process.env.PATH,
        DISCORD_TOKEN: SANDBOX_TOKEN,
        TUX_HEARTBEAT_INTERVAL_MS: '1000',
        LOG_LEVEL: 'warn',
        ...settings,
      },
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.bootMs = new Promise((resolve, reject) => {
      this.#child.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)));
      this.#child.on('message', (raw) => this.#receive(raw, resolve));
    });
  }

  get rssBytes(): number {
    return this.samples.at(-1)?.rssBytes ?? 0;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }

  #receive(raw: unknown, onReady: (bootMs: number) => void): void {
    const message = workerMessageSchema.parse(raw);
    const atMs = performance.now() - this.#startedAt;
    this.#onMessage(message, atMs);
    if (message.type === 'ready') onReady(atMs);
    if (message.type === 'heartbeat') this.samples.push({ atMs, rssBytes: message.rssBytes });
    if (message.type === 'identify-lease') {
      const budget = { total: 1_000, remaining: 999, resetAt: null };
      this.#child.send({ type: 'identify-granted', id: message.id, budget } satisfies SupervisorMessage);
    }
  }
}
