import type { Clock } from '../clock.js';
import { StartTimeoutError } from './errors.js';
import type { ServiceGraph } from './graph.js';
import { walkGraph } from './graph-walk.js';
import type { ManagedService } from './managed-service.js';
import type { ServiceStage } from './service.js';

/** What {@link startServices} needs. */
export interface StartPlan {
  readonly graph: ServiceGraph;
  readonly services: ReadonlyMap<string, ManagedService>;
  readonly maxParallel: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Aborted from outside to call the start off, and by the start itself when it fails: the first reason wins. */
  readonly abort: AbortController;
}

/**
 * Starts every service, dependencies first.
 *
 * @throws the reason that ended the start: the first critical failure, a StartTimeoutError, or why it was called off. By
 * then nothing is being started any more, except by an `initialize` that ignores its signal.
 */
export async function startServices(plan: StartPlan): Promise<void> {
  const { graph, services, maxParallel, timeoutMs, clock, abort } = plan;
  const callOff = clock.after(timeoutMs, () => abort.abort(timeoutError(plan)));
  try {
    await walkGraph(graph, maxParallel, async (name) => {
      try {
        await services.get(name)?.start(abort.signal);
      } catch (error) {
        abort.abort(error); // those that start at the same time need not go on
        throw error;
      }
    });
  } finally {
    callOff();
  }
}

function timeoutError({ services, timeoutMs }: StartPlan): StartTimeoutError {
  const inStage = (stage: ServiceStage) =>
    [...services.values()].filter((service) => service.stage === stage).map(({ name }) => name);
  return new StartTimeoutError(timeoutMs, inStage('initializing'), inStage('registered'));
}
