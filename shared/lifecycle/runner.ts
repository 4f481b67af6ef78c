import { StartAbortedError } from './errors.js';
import { buildGraph, type ServiceGraph } from './graph.js';
import { HealthMonitor } from './health-monitor.js';
import { HookCaller } from './hooks.js';
import { ManagedService } from './managed-service.js';
import { completeOptions, type LifecycleOptions } from './options.js';
import type { PreparationProblem } from './preparation.js';
import { keepRecovering } from './recovery.js';
import type { ServiceReport } from './service.js';
import { startServices } from './starter.js';
import { type WorkerState, WorkerStateMachine } from './states.js';
import { stopServices } from './stopper.js';
import type { StartSummary, StopSummary } from './summaries.js';

/**
 * Starts and stops everything in a worker, once: dependencies first on the way up, dependents first on the way down.
 * {@link stop} may be called at any moment and wins over a start that is under way.
 */
export class LifecycleRunner {
  readonly #options: Required<LifecycleOptions>;
  readonly #hooks: HookCaller;
  readonly #graph: ServiceGraph;
  readonly #services: ReadonlyMap<string, ManagedService>;
  readonly #monitors: ReadonlyMap<string, HealthMonitor>;
  readonly #states: WorkerStateMachine;
  readonly #startAbort = new AbortController();
  readonly #backgroundAbort = new AbortController();
  readonly #background: Promise<void>[] = [];
  /** The services' part of the start; it never rejects. */
  #climb: Promise<unknown> = Promise.resolve();
  #starting: Promise<StartSummary> | undefined;
  #stopping: Promise<StopSummary> | undefined;

  /** @throws ServiceGraphError when the services cannot be put into an order. */
  constructor(options: LifecycleOptions) {
    this.#options = completeOptions(options);
    const { services, hooks, onHookError, clock, random, healthIntervalMs: intervalMs } = this.#options;
    this.#hooks = new HookCaller(hooks, onHookError);
    this.#graph = buildGraph(services);
    const managed = services.map((service) => new ManagedService(service, { clock, random, hooks: this.#hooks }));
    this.#services = new Map(managed.map((service) => [service.name, service]));
    const checked = services.filter((service) => service.healthCheck ?? service.watchHealth);
    this.#monitors = new Map(
      checked.map((service) => {
        const isUp = () => this.#services.get(service.name)?.stage === 'running';
        return [service.name, new HealthMonitor({ service, isUp, clock, hooks: this.#hooks, intervalMs })];
      }),
    );
    this.#states = new WorkerStateMachine((from, to) => {
      this.#hooks.call('onStateChange', { from, to, isDegraded: this.isDegraded });
    });
  }

  get state(): WorkerState {
    return this.#states.current;
  }

  /** The worker serves, but a non-critical service is down or replaced, or a health circuit is open. */
  get isDegraded(): boolean {
    const isDown = (report: ServiceReport) =>
      report.stage === 'recovering' || (report.health !== null && report.health.circuit !== 'closed');
    return this.state === 'RUNNING' && this.inspect().some(isDown);
  }

  /** Every service as it stands now, in starting order. */
  inspect(): ServiceReport[] {
    return [...this.#graph.keys()].flatMap((name) => {
      const report = this.#services.get(name)?.report();
      return report === undefined ? [] : [{ ...report, health: this.#monitors.get(name)?.health ?? null }];
    });
  }

  /**
   * Lets every service do what can be done ahead of {@link start}, all at the same time. Nothing of it is needed for a start, and
   * the state stays INITIALIZING. To be called once, before `start`.
   *
   * @param signal ends it early, so that the start can begin.
   * @returns what went wrong; never rejects.
   */
  async prepare(signal: AbortSignal): Promise<PreparationProblem[]> {
    const work = [...this.#services.values()].map(async (service): Promise<PreparationProblem[]> => {
      try {
        await service.prepare(signal);
        return [];
      } catch (error) {
        return [{ service: service.name, error }];
      }
    });
    return (await Promise.all(work)).flat();
  }

  /**
   * Starts everything. When that fails, whatever had started is stopped again before this rejects, and the state is
   * STOPPED. Concurrent and later callers share the one start.
   *
   * @param signal calls the start off when it aborts; has no effect once the worker runs.
   * @throws ServiceInitializationError, StartTimeoutError, or StartAbortedError when it was called off.
   */
  start(signal?: AbortSignal): Promise<StartSummary> {
    this.#starting ??= this.#doStart(signal);
    return this.#starting;
  }

  /**
   * Stops everything; never rejects. Concurrent and later callers share the one stop.
   *
   * @param failure what forces the stop, if it is an error: the state then passes through ERROR.
   */
  stop(failure?: unknown): Promise<StopSummary> {
    // Begins in a microtask: an abort listener that calls stop() again must find this promise.
    this.#stopping ??= Promise.resolve().then(() => this.#doStop(failure));
    return this.#stopping;
  }

  async #doStart(signal?: AbortSignal): Promise<StartSummary> {
    const { clock, maxParallel, startTimeoutMs: timeoutMs } = this.#options;
    const startedAt = clock.monotonic();
    const abort = this.#startAbort;
    const callOff = () => abort.abort(new StartAbortedError(signal?.reason));
    if (signal?.aborted) callOff();
    signal?.addEventListener('abort', callOff, { once: true });
    try {
      abort.signal.throwIfAborted();
      this.#states.transition('STARTING');
      const climb = startServices({
        graph: this.#graph,
        services: this.#services,
        maxParallel,
        timeoutMs,
        clock,
        abort,
      });
      this.#climb = climb.catch(() => {});
      await climb;
      abort.signal.throwIfAborted();
      this.#states.transition('RUNNING');
    } catch (error) {
      await this.stop(error);
      throw error;
    } finally {
      signal?.removeEventListener('abort', callOff);
    }
    this.#runInBackground();
    const summary = {
      durationMs: clock.monotonic() - startedAt,
      isDegraded: this.isDegraded,
      services: this.inspect(),
    };
    this.#hooks.call('onSystemReady', summary);
    return summary;
  }

  #runInBackground(): void {
    const { clock, recoveryIntervalMs } = this.#options;
    const { signal } = this.#backgroundAbort;
    const down = [...this.#services.values()].filter((service) => service.stage === 'recovering');
    const loops = [
      ...down.map((service) => keepRecovering(service, recoveryIntervalMs, clock, signal)),
      ...[...this.#monitors.values()].map((monitor) => monitor.run(signal)),
    ];
    this.#background.push(...loops.map((loop) => loop.catch(() => {}))); // they end by the abort
  }

  async #doStop(failure: unknown): Promise<StopSummary> {
    if (failure !== undefined || this.state !== 'RUNNING') this.#states.transition('ERROR');
    this.#states.transition('STOPPING');
    this.#startAbort.abort(new StartAbortedError(failure));
    this.#backgroundAbort.abort();
    await this.#climb;
    await Promise.all(this.#background);
    const summary = await stopServices(this.#graph, this.#services, this.#options.clock);
    this.#states.transition('STOPPED');
    return summary;
  }
}
