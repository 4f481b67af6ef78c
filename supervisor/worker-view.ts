import type { Status } from '../shared/control/status.js';
import type { GatewayStatus, Heartbeat, WorkerMessage } from '../shared/ipc-protocol.js';
import type { WorkerProcess } from './worker-process.js';

type WorkerStatus = NonNullable<Status['worker']>;
type ServiceStatus = WorkerStatus['services'][number];

/** What the supervisor knows of its worker, gathered from the worker's messages. */
export class WorkerView {
  readonly #runId: string;
  readonly #worker: WorkerProcess;
  readonly #services = new Map<string, ServiceStatus>();
  #state: WorkerStatus['state'] = 'INITIALIZING';
  #isDegraded = false;
  #heartbeat: Heartbeat | null = null;
  #saidHello = false;
  #saidReady = false;

  constructor(runId: string, worker: WorkerProcess) {
    this.#runId = runId;
    this.#worker = worker;
  }

  get saidHello(): boolean {
    return this.#saidHello;
  }

  get saidReady(): boolean {
    return this.#saidReady;
  }

  get gateway(): GatewayStatus | null {
    return this.#heartbeat?.gateway ?? null;
  }

  note(message: WorkerMessage): void {
    if (message.type === 'hello') this.#saidHello = true;
    if (message.type === 'ready') this.#saidReady = true;
    if (message.type === 'heartbeat') this.#heartbeat = message;
    if (message.type === 'state') this.#state = message.to;
    if (message.type === 'state' || message.type === 'heartbeat') this.#isDegraded = message.degraded;
    if (message.type === 'service') {
      const { name, stage, critical, durationMs, error } = message;
      this.#services.set(name, { name, stage, critical, durationMs: durationMs ?? null, error: error ?? null });
    }
  }

  /** For a start that did not get ready: what it was still busy with. */
  describeProgress(): string {
    const busy = [...this.#services.values()].filter(({ stage }) => stage === 'initializing').map(({ name }) => name);
    return busy.length === 0 ? '' : ` (still starting: ${busy.join(', ')})`;
  }

  inspect(): WorkerStatus {
    const beat = this.#heartbeat;
    return {
      pid: this.#worker.pid,
      runId: this.#runId,
      state: this.#state,
      degraded: this.#isDegraded,
      uptimeMs: Math.round(this.#worker.uptimeMs),
      rssBytes: beat?.rssBytes ?? null,
      eventLoopLagMs: beat?.eventLoopLagMs ?? null,
      queueDepth: beat?.queueDepth ?? null,
      tasks: beat?.tasks ?? null,
      gateway: beat?.gateway ?? null,
      services: [...this.#services.values()],
    };
  }
}
