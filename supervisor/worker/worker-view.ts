import type { Clock } from '../../shared/clock.js';
import type { GatewaySession } from '../../shared/control/gateway-session.js';
import type { Status } from '../../shared/control/status.js';
import type { GatewayStatus, Heartbeat, WorkerMessage } from '../../shared/ipc-protocol.js';
import type { WorkerProcess } from './worker-process.js';

type WorkerStatus = NonNullable<Status['worker']>;
type ServiceStatus = WorkerStatus['services'][number];

/** What the supervisor knows of its worker, gathered from the worker's messages. */
export class WorkerView {
  readonly #runId: string;
  readonly #worker: WorkerProcess;
  readonly #clock: Clock;
  readonly #services = new Map<string, ServiceStatus>();
  #state: WorkerStatus['state'] = 'INITIALIZING';
  #isDegraded = false;
  #heartbeat: Heartbeat | null = null;
  /** Monotonic. */
  #heardAt: number | null = null;
  #session: GatewaySession | null = null;
  /** Services that have run, whatever became of them. */
  readonly #ran = new Set<string>();
  #version: string | null = null;
  #saidHello = false;
  #saidReady = false;

  constructor(runId: string, worker: WorkerProcess, clock: Clock) {
    this.#runId = runId;
    this.#worker = worker;
    this.#clock = clock;
  }

  get saidHello(): boolean {
    return this.#saidHello;
  }

  get saidReady(): boolean {
    return this.#saidReady;
  }

  /** Of its build, as it says itself; null before it has said anything. */
  get version(): string | null {
    return this.#version;
  }

  /** Whether this service has run. */
  hadService(name: string): boolean {
    return this.#ran.has(name);
  }

  /** How it came by its gateway session; null until that is known. */
  get session(): GatewaySession | null {
    return this.#session;
  }

  get gateway(): GatewayStatus | null {
    return this.#heartbeat?.gateway ?? null;
  }

  /** Why the database does not answer; null while it does, or nothing is known of it. */
  get databaseProblem(): string | null {
    return this.#heartbeat?.databaseProblem ?? null;
  }

  /** How long ago its last heartbeat was; null before the first. */
  get silentMs(): number | null {
    return this.#heardAt === null ? null : this.#clock.monotonic() - this.#heardAt;
  }

  note(message: WorkerMessage): void {
    if (message.type === 'hello') {
      this.#saidHello = true;
      this.#version = message.version;
    }
    if (message.type === 'ready') this.#saidReady = true;
    if (message.type === 'heartbeat') {
      this.#heartbeat = message;
      this.#heardAt = this.#clock.monotonic();
    }
    if (message.type === 'state') this.#state = message.to;
    if (message.type === 'state' || message.type === 'heartbeat') this.#isDegraded = message.degraded;
    if (message.type === 'service') this.#noteService(message);
    if (message.type === 'continuity') {
      const { type, ...session } = message;
      this.#session = session;
    }
  }

  /** For a start that did not get ready: what it was still busy with. */
  describeProgress(): string {
    const busy = [...this.#services.values()].filter(({ stage }) => stage === 'initializing').map(({ name }) => name);
    return busy.length === 0 ? '' : ` (still starting: ${busy.join(', ')})`;
  }

  /** @param rssLimitBytes memory above which it is restarted; null without a limit. */
  inspect(rssLimitBytes: number | null): WorkerStatus {
    const beat = this.#heartbeat;
    return {
      pid: this.#worker.pid,
      runId: this.#runId,
      state: this.#state,
      degraded: this.#isDegraded,
      uptimeMs: Math.round(this.#worker.uptimeMs),
      heartbeatAgeMs: this.silentMs === null ? null : Math.round(this.silentMs),
      rssBytes: beat?.rssBytes ?? null,
      rssLimitBytes,
      eventLoopLagMs: beat?.eventLoopLagMs ?? null,
      queueDepth: beat?.queueDepth ?? null,
      tasks: beat?.tasks ?? null,
      gateway: beat?.gateway ?? null,
      session: this.#session,
      databaseProblem: this.databaseProblem,
      services: [...this.#services.values()],
    };
  }

  #noteService({ name, stage, critical, durationMs, error }: WorkerMessage & { type: 'service' }): void {
    if (stage === 'running') this.#ran.add(name);
    const isStarting = stage === 'initializing';
    const startedMs = this.#services.get(name)?.startedMs ?? (isStarting ? Math.round(this.#worker.uptimeMs) : null);
    this.#services.set(name, {
      name,
      stage,
      critical,
      startedMs,
      durationMs: durationMs ?? null,
      error: error ?? null,
    });
  }
}
