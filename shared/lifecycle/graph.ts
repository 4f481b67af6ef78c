import { ServiceGraphError } from './errors.js';
import type { Service } from './service.js';

/** For each service the names it has to wait for. Iterates in an order in which every service follows what it needs. */
export type ServiceGraph = ReadonlyMap<string, readonly string[]>;

/**
 * Works out who waits for whom. Pure; services that do not depend on each other keep the order of the list.
 *
 * @throws ServiceGraphError for a duplicate name, an unknown dependency or a cycle; it prints the whole chain.
 */
export function buildGraph(services: readonly Pick<Service, 'name' | 'dependsOn'>[]): ServiceGraph {
  const declared = new Map<string, readonly string[]>();
  for (const { name, dependsOn = [] } of services) {
    if (declared.has(name)) throw new ServiceGraphError(`Two services are called '${name}'`, { service: name });
    declared.set(name, [...new Set(dependsOn)]);
  }
  const sorted = new Map<string, readonly string[]>();
  for (const name of declared.keys()) visit(name, [], declared, sorted);
  return sorted;
}

/** The same services with every arrow turned round: who has to be down before whom. */
export function reverseGraph(graph: ServiceGraph): ServiceGraph {
  const reversed = new Map<string, string[]>([...graph.keys()].reverse().map((name) => [name, []]));
  for (const [name, dependencies] of graph) {
    for (const dependency of dependencies) reversed.get(dependency)?.push(name);
  }
  return reversed;
}

/** Depth-first; `chain` is the way that led here, so a name that turns up in it again closes a cycle. */
function visit(
  name: string,
  chain: readonly string[],
  declared: ServiceGraph,
  sorted: Map<string, readonly string[]>,
): void {
  if (sorted.has(name)) return;
  const path = [...chain, name];
  const dependencies = declared.get(name);
  if (dependencies === undefined) {
    throw new ServiceGraphError(`Unknown dependency '${name}': ${format(path)}`, { chain: path });
  }
  if (chain.includes(name)) {
    const cycle = path.slice(chain.indexOf(name));
    throw new ServiceGraphError(`Circular dependency: ${format(cycle)}`, { chain: cycle });
  }
  for (const dependency of dependencies) visit(dependency, path, declared, sorted);
  sorted.set(name, dependencies);
}

function format(chain: readonly string[]): string {
  return chain.join(' → ');
}
