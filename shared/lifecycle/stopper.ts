import type { Clock } from '../clock.js';
import { reverseGraph, type ServiceGraph } from './graph.js';
import { walkGraph } from './graph-walk.js';
import type { ManagedService } from './managed-service.js';
import type { ServiceStop, StopSummary } from './summaries.js';

/**
 * Stops every service after those that depend on it, independent ones at the same time. A service that fails or overruns
 * its limit holds up nobody else. Never throws.
 */
export async function stopServices(
  graph: ServiceGraph,
  services: ReadonlyMap<string, ManagedService>,
  clock: Clock,
): Promise<StopSummary> {
  const startedAt = clock.monotonic();
  const stops: ServiceStop[] = [];
  await walkGraph(reverseGraph(graph), Number.POSITIVE_INFINITY, async (name) => {
    const stop = await services.get(name)?.stop();
    if (stop) stops.push(stop);
  });
  const named = (outcome: ServiceStop['outcome']) =>
    stops.filter((stop) => stop.outcome === outcome).map(({ service }) => service);
  return {
    durationMs: clock.monotonic() - startedAt,
    services: stops,
    overran: named('overran'),
    failed: named('failed'),
  };
}
