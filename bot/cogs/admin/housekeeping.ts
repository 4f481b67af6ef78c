import type { BotServices } from '../../framework/bot-services.js';
import type { CogTask } from '../../framework/cog.js';

const EVERY_MS = 10 * 60_000;
/** A session of the gateway is resumed for minutes at most: what is older than this is never handled again. */
const KEPT_MS = 24 * 3_600_000;

/** Forgets what events of long ago did to the database, some thousands at a time. */
export function housekeeping({ database, clock }: BotServices): CogTask {
  return {
    kind: 'periodic',
    name: 'forget-effects',
    everyMs: EVERY_MS,
    async run(signal) {
      const until = new Date(clock.now() - KEPT_MS);
      while (!signal.aborted && (await database.effects.forget(until)) > 0);
    },
  };
}
