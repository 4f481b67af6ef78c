/**
 * Takes the place of `node:worker_threads` in packages when the supervisor is bundled (scripts/bundle.mjs): they ask which thread
 * they are in, and a supervisor has one. Whoever wants another one after all gets it.
 */
export const isMainThread = true;
export const threadId = 0;

export function Worker(...args: ConstructorParameters<typeof import('node:worker_threads').Worker>): object {
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  return new Worker(...args);
}
