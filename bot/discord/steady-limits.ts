import type { Client } from 'discord.js';
import type { Clock } from '../../shared/clock.js';

type Rest = Pick<Client['rest'], 'handlers' | 'globalReset'>;

/**
 * discord.js (@discordjs/rest 2.6.3) remembers by the wall clock when a rate limit ends. When the clock of the machine is set back, each limit
 * ends so much later: after 50 more requests it sends nothing at all, for hours. From now on these times move with the
 * clock. To be called before the first request. Where discord.js is made otherwise, nothing happens.
 */
export function steadyLimits(rest: Rest, clock: Pick<Clock, 'now' | 'monotonic'>): void {
  measureMonotonically(rest, 'globalReset', clock);
  const { handlers } = rest;
  const set = handlers.set.bind(handlers);
  handlers.set = (key, handler) => {
    measureMonotonically(handler, 'reset', clock);
    return set(key, handler);
  };
}

/** Makes a field that holds a wall-clock time one that keeps its distance from now, however the clock is set. */
function measureMonotonically(holder: object, field: string, clock: Pick<Clock, 'now' | 'monotonic'>): void {
  const before: unknown = Reflect.get(holder, field);
  if (typeof before !== 'number') return;
  let at = clock.monotonic() + before - clock.now();
  Object.defineProperty(holder, field, {
    configurable: true,
    enumerable: true,
    get: () => clock.now() + at - clock.monotonic(),
    set: (time: number) => {
      at = clock.monotonic() + time - clock.now();
    },
  });
}
