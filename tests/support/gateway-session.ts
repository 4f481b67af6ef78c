import { INTENT_BITS } from '../../bot/discord/client-factory.js';
import { SessionKeeper, type SessionKeeperOptions } from '../../bot/discord/session/session-keeper.js';
import { SANDBOX_TOKEN } from '../../sandbox/index.js';
import { systemClock } from '../../shared/clock.js';
import { resolvePaths } from '../../shared/paths.js';

/** Keeps the gateway session in a folder, as a worker would; the next one of the same folder goes on with it. */
export function createSessionKeeper(
  folder: string,
  options: Partial<SessionKeeperOptions> & Pick<SessionKeeperOptions, 'log'>,
): SessionKeeper {
  return new SessionKeeper({
    paths: resolvePaths({ stateDir: folder, logDir: folder }),
    runId: 'test',
    token: SANDBOX_TOKEN,
    apiUrl: undefined,
    intents: INTENT_BITS,
    clock: systemClock,
    staleCount: () => 0,
    onContinuity: () => {},
    ...options,
  });
}
