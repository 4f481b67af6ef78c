import { reverseGraph, type ServiceGraph } from './graph.js';

/**
 * Visits every service as soon as all it waits for were visited, at most `maxParallel` at a time: the walk takes as long
 * as the longest chain. After the first failure no visit begins any more.
 *
 * @throws what the first failing visit threw, once the visits under way have ended.
 */
export function walkGraph(
  graph: ServiceGraph,
  maxParallel: number,
  visit: (name: string) => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const order = [...graph.keys()];
    const places = new Map(order.map((name, place) => [name, place]));
    const dependents = reverseGraph(graph);
    /** For how many others a service still waits. */
    const waitsFor = new Map([...graph].map(([name, dependencies]) => [name, dependencies.length]));
    /** Places of those that may begin, in order. */
    const free = order.flatMap((name, place) => (waitsFor.get(name) === 0 ? [place] : []));
    let active = 0;
    let failure: { readonly error: unknown } | undefined;

    const onVisited = (name: string) => {
      for (const dependent of dependents.get(name) ?? []) {
        const left = (waitsFor.get(dependent) ?? 0) - 1;
        waitsFor.set(dependent, left);
        if (left === 0) insert(free, places.get(dependent) ?? 0);
      }
    };
    const onFailed = (error: unknown) => {
      failure ??= { error };
    };
    const advance = () => {
      while (failure === undefined && active < maxParallel) {
        const name = order[free.shift() ?? order.length];
        if (name === undefined) break;
        active += 1;
        visit(name)
          .then(() => onVisited(name), onFailed)
          .finally(() => {
            active -= 1;
            advance();
          });
      }
      if (active > 0) return;
      if (failure === undefined) resolve();
      else reject(failure.error);
    };
    advance();
  });
}

/** Puts a number into a list that is in ascending order. */
function insert(sorted: number[], value: number): void {
  const at = sorted.findIndex((other) => other > value);
  sorted.splice(at === -1 ? sorted.length : at, 0, value);
}
