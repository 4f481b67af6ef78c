import type { ServiceGraph } from './graph.js';

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
    const waiting = new Map([...graph].map(([name, dependencies]) => [name, new Set(dependencies)]));
    let active = 0;
    let failure: { readonly error: unknown } | undefined;

    const onVisited = (name: string) => {
      for (const dependencies of waiting.values()) dependencies.delete(name);
    };
    const onFailed = (error: unknown) => {
      failure ??= { error };
    };
    const advance = () => {
      for (const [name, dependencies] of waiting) {
        if (failure !== undefined || active >= maxParallel) break;
        if (dependencies.size > 0) continue;
        waiting.delete(name);
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
