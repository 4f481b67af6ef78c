import { readEnvironment, resolveFolders } from '../../shared/config/load.js';
import { SupervisorClient } from '../../shared/control/supervisor-client.js';
import { isTuxError, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';

const START_ONE = 'start it with tux-supervisor start --sandbox';

/**
 * Where the sandbox's control API is: as the running supervisor says, else at the origin of DISCORD_API_URL.
 *
 * @throws TuxError TUX_NOT_RUNNING or TUX_NO_SANDBOX (exit 1).
 */
export async function findControlUrl(): Promise<string> {
  const raw = readEnvironment();
  if (raw.DISCORD_API_URL) return new URL('/control', raw.DISCORD_API_URL).href;
  const { sandbox } = await new SupervisorClient(resolveFolders(raw).stateDir).status().catch(explain);
  if (sandbox) return sandbox.controlUrl;
  throw new TuxError('TUX_NO_SANDBOX', 'Tux runs against the real Discord, there is no sandbox to talk to', {
    exitCode: ExitCode.FAILURE,
    hint: START_ONE,
  });
}

/** Any supervisor would not do. */
function explain(error: unknown): never {
  if (!isTuxError(error) || error.code !== 'TUX_NOT_RUNNING') throw error;
  throw new TuxError(error.code, error.message, { cause: error, exitCode: error.exitCode, hint: START_ONE });
}
