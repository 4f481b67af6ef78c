import { resolve } from 'node:path';
import { SANDBOX_TOKEN } from '../../sandbox/ids.js';
import { type Clock, systemClock } from '../../shared/clock.js';
import { knownSecrets } from '../../shared/config/known-secrets.js';
import { loadValidSettings, type RawEnvironment, readEnvironment, resolveFolders } from '../../shared/config/load.js';
import { type Environment, secretSettings } from '../../shared/config/schema.js';
import type { Status } from '../../shared/control/status.js';
import { SupervisorClient } from '../../shared/control/supervisor-client.js';
import { isTuxError, type TuxError } from '../../shared/errors.js';
import type { Paths } from '../../shared/paths.js';
import { DiscordProbe } from './discord-probe.js';

/** What all checks look at: gathered once, and never changed by one of them. */
export interface DoctorContext {
  /** Settings as text: the environment over `.env`. */
  readonly raw: RawEnvironment;
  /** Those that are valid by themselves. */
  readonly env: Partial<Environment>;
  /** Why the file of settings could not be read. */
  readonly envProblem: TuxError | null;
  /** The file of settings, there or not. */
  readonly envFile: string;
  readonly paths: Paths;
  /** What the supervisor of this state folder says of itself; null when none answers, which {@link statusProblem} explains. */
  readonly status: Status | null;
  readonly statusProblem: TuxError | null;
  /** Null when Discord is not to be asked. */
  readonly discord: DiscordProbe | null;
  readonly clock: Clock;
  /** Literals that no line may show. */
  readonly secrets: readonly string[];
}

export interface DoctorOptions {
  readonly stateDir?: string | undefined;
  /** Discord is not asked. */
  readonly isOffline: boolean;
}

/** Gathers the context. Never throws: what is wrong is for the checks to say. */
export async function gatherContext({ stateDir, isOffline }: DoctorOptions): Promise<DoctorContext> {
  const { envProblem, ...read } = readSettings();
  const own = stateDir === undefined ? read.raw : { ...read.raw, TUX_STATE_DIR: stateDir };
  const paths = resolveFolders(own);
  const { status, statusProblem } = await askSupervisor(paths);
  const raw = status?.sandbox ? withSandbox(own, status.sandbox.apiUrl) : own;
  const env = loadValidSettings(raw);
  return {
    raw,
    env,
    envProblem,
    envFile: resolve(process.env.TUX_ENV_FILE || '.env'),
    paths,
    status,
    statusProblem,
    discord: isOffline ? null : new DiscordProbe({ apiUrl: env.DISCORD_API_URL, token: env.DISCORD_TOKEN }),
    clock: systemClock,
    secrets: secretsOf(raw, env),
  };
}

/** Settings that are not valid are secret, too. */
export function secretsOf(raw: RawEnvironment, env: Partial<Environment>): string[] {
  const known = knownSecrets({ DISCORD_TOKEN: '', ...env } as Environment, raw);
  const literals = secretSettings.flatMap((name) => raw[name] || []);
  return [...new Set([...known, ...literals])];
}

function readSettings(): { raw: RawEnvironment; envProblem: TuxError | null } {
  try {
    return { raw: readEnvironment(), envProblem: null };
  } catch (error) {
    if (!isTuxError(error)) throw error;
    return { raw: process.env, envProblem: error };
  }
}

async function askSupervisor(paths: Paths): Promise<Pick<DoctorContext, 'status' | 'statusProblem'>> {
  try {
    return { status: await new SupervisorClient(paths.stateDir).status(), statusProblem: null };
  } catch (error) {
    if (!isTuxError(error)) throw error;
    return { status: null, statusProblem: error };
  }
}

/** As `tux-supervisor start --sandbox` has it: then no token is needed, and the real Discord has nothing to do with it. */
function withSandbox(raw: RawEnvironment, apiUrl: string): RawEnvironment {
  return { ...raw, BOT_TOKEN: undefined, DISCORD_TOKEN: SANDBOX_TOKEN, DISCORD_API_URL: apiUrl };
}
