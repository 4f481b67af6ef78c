/** A random number from 0 up to, but without, 1. */
export type Random = () => number;

/** One of `items`, each as likely as any other. @throws RangeError when there is none. */
export function pick<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('there is nothing to pick from');
  return item;
}
