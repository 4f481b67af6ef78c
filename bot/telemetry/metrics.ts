import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Hits and misses of a cache since the start. */
export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
}

/** What is so at this moment; read when somebody asks for the metrics. */
export interface LiveFigures {
  readonly state: string;
  readonly uptimeSeconds: number;
  /** Null: there was no answer yet. */
  readonly gatewayPingSeconds: number | null;
  readonly guilds: number;
  readonly queueDepth: number;
  readonly reminders: number;
  readonly scheduledDms: number;
  readonly tasks: number;
  readonly eventLoopLagSeconds: number;
  readonly caches: Readonly<Record<string, CacheCounts>>;
}

const STATES = ['INITIALIZING', 'STARTING', 'RUNNING', 'STOPPING', 'STOPPED', 'ERROR'];
const COMMAND_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];
const QUERY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 4];

/**
 * The figures of one worker in Prometheus' format. Every label takes its values from our own sources (commands, kinds of
 * jobs, SQL verbs), never from what people write: the number of series stays bounded.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #read: () => LiveFigures;
  readonly #messages = this.#counter('messages_processed_total', 'Messages and interactions dealt with');
  readonly #commands = this.#counter('tux_commands_total', 'Commands and buttons, by how they ended', [
    'command',
    'result',
  ]);
  readonly #commandSeconds = this.#histogram('tux_command_duration_seconds', 'Duration of commands', COMMAND_BUCKETS, [
    'command',
  ]);
  readonly #queries = this.#counter('database_queries_total', 'Statements sent to the database', [
    'operation',
    'result',
  ]);
  readonly #querySeconds = this.#histogram('query_duration_seconds', 'Duration of statements', QUERY_BUCKETS, [
    'operation',
  ]);
  readonly #jobs = this.#counter('tux_jobs_total', 'Attempts at jobs, by how they ended', ['kind', 'outcome']);
  #processed = 0;

  /** @param startedAt when the worker started: a standby does so long after this is made. */
  constructor(read: () => LiveFigures, startedAt: () => Date) {
    this.#read = read;
    this.#gauge(
      'worker_startup_timestamp',
      'When the worker started, in Unix seconds',
      () => startedAt().getTime() / 1e3,
    );
    this.#gauge('worker_uptime_seconds', 'How long the worker runs', ({ uptimeSeconds }) => uptimeSeconds);
    this.#gauge('tux_gateway_ping_seconds', 'Last heartbeat to Discord and back', (live) => live.gatewayPingSeconds);
    this.#gauge('tux_guilds', 'Servers that Tux is in', ({ guilds }) => guilds);
    this.#gauge('tux_queue_depth', 'Jobs that wait or run', ({ queueDepth }) => queueDepth);
    this.#gauge('tux_reminders', 'Reminders that are still to come', ({ reminders }) => reminders);
    this.#gauge('tux_scheduled_dms', 'Direct messages that go out later', ({ scheduledDms }) => scheduledDms);
    this.#gauge('tux_tasks', 'Background tasks', ({ tasks }) => tasks);
    this.#gauge('tux_event_loop_lag_seconds', 'Worst delay of late', (live) => live.eventLoopLagSeconds);
    this.#stateGauge();
    this.#cacheCounter('tux_cache_hits_total', 'Lookups that a cache answered', 'hits');
    this.#cacheCounter('tux_cache_misses_total', 'Lookups that a cache had to pass on', 'misses');
  }

  /** Messages and interactions dealt with since the start. */
  get processed(): number {
    return this.#processed;
  }

  countEvent(): void {
    this.#processed += 1;
    this.#messages.inc();
  }

  /** @param command a name that Tux gave, or `other`. */
  countCommand(command: string, result: string, durationMs: number): void {
    this.#commands.inc({ command, result });
    this.#commandSeconds.observe({ command }, durationMs / 1_000);
  }

  countQuery(operation: string, isOk: boolean, durationMs: number): void {
    this.#queries.inc({ operation, result: isOk ? 'ok' : 'failed' });
    this.#querySeconds.observe({ operation }, durationMs / 1_000);
  }

  countJob(kind: string, outcome: string): void {
    this.#jobs.inc({ kind, outcome });
  }

  /** Everything, in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #histogram(name: string, help: string, buckets: number[], labelNames: string[]): Histogram {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, value: (live: LiveFigures) => number | null): void {
    const read = () => value(this.#read()) ?? Number.NaN;
    const collect = function (this: Gauge) {
      this.set(read());
    };
    new Gauge({ name, help, registers: [this.#registry], collect });
  }

  #stateGauge(): void {
    const read = this.#read;
    const collect = function (this: Gauge) {
      const { state } = read();
      for (const name of STATES) this.set({ state: name }, Number(name === state));
    };
    const help = '1 for the state that the worker is in';
    new Gauge({ name: 'worker_state', help, labelNames: ['state'], registers: [this.#registry], collect });
  }

  #cacheCounter(name: string, help: string, count: keyof CacheCounts): void {
    const read = this.#read;
    const collect = function (this: Counter) {
      this.reset();
      for (const [cache, counts] of Object.entries(read().caches)) this.inc({ cache }, counts[count]);
    };
    new Counter({ name, help, labelNames: ['cache'], registers: [this.#registry], collect });
  }
}
