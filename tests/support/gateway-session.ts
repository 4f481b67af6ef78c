import { INTENT_BITS } from '../../bot/discord/client-factory.js';
import { GatewayService, type GatewayServiceOptions } from '../../bot/discord/gateway-service.js';
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

/** The gateway of a worker that may log in as often as it likes. */
export function createGateway(
  options: Partial<GatewayServiceOptions> &
    Pick<GatewayServiceOptions, 'session' | 'apiUrl' | 'log' | 'onClient' | 'onReady'>,
): GatewayService {
  return new GatewayService({
    token: SANDBOX_TOKEN,
    loginTimeoutMs: 10_000,
    dependsOn: [],
    rehearsalAnswerer: () => ({ handleMessage: async () => {}, handleInteraction: async () => {} }),
    leases: { lease: async () => ({ granted: true, budget: { total: 1_000, remaining: 900, resetAt: null } }) },
    clock: systemClock,
    onDisconnect: () => {},
    onFatalClose: () => {},
    onBudgetDenied: () => {},
    ...options,
  });
}

/** As a worker ends that the next one is to follow. */
export async function handOver({ gateway }: { readonly gateway: GatewayService }): Promise<void> {
  gateway.handOver(true);
  await gateway.cleanup();
}
