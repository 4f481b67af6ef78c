import type { BotServices } from './bot-services.js';

/**
 * State that the parts of a cog share: one object per run of the bot, made when it is first asked for. A cog is a constant,
 * and so this is where what it remembers has its place.
 */
export function perRun<T>(create: (services: BotServices) => T): (services: BotServices) => T {
  const made = new WeakMap<BotServices, { readonly value: T }>();
  return (services) => {
    const known = made.get(services);
    if (known) return known.value;
    const value = create(services);
    made.set(services, { value });
    return value;
  };
}
