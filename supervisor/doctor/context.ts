import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { SANDBOX_TOKEN } from '../../sandbox/ids.js';
import { type Clock, systemClock } from '../../shared/clock.js';
import { knownSecrets } from '../../shared/config/known-secrets.js';
import { loadValidSettings, type RawEnvironment, readEnvironment, resolveFolders } from '../../shared/config/load.js';
import { type Environment, secretSettings } from '../../shared/config/schema.js';
import type { Status } from '../../shared/control/status.js';
import { SupervisorClient } from '../../shared/control/supervisor-client.js';
import { isTuxError, type TuxError } from '../../shared/errors.js';
import { packageFile } from '../../shared/package.js';
import type { Paths } from '../../shared/paths.js';
import { DiscordProbe } from './discord-probe.js';
import { environmentOf, realSystemd, type Systemd } from './systemd-units.js';

const ENV_FILE = '.env';

/** What all checks look at: gathered once, and never changed by one of them. */
export interface DoctorContext {
  /** Settings as text: the environment over `.env`. */
  readonly raw: RawEnvironment;
  /** Those that are valid by themselves. */
  readonly env: Partial<Environment>;
  /** What {@link raw} was read from besides the file: for programs that are to read the same. */
  readonly processEnv: RawEnvironment;
  /** The service whose environment was looked at, because there are no settings here; null when there are. */
  readonly unit: string | null;
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
export async function gatherContext(
  { stateDir, isOffline }: DoctorOptions,
  systemd: Pick<Systemd, 'findUnits'> = realSystemd,
): Promise<DoctorContext> {
  const { processEnv, unit } = findSettings(stateDir, systemd);
  const { envProblem, ...read } = readSettings(processEnv);
  const own = stateDir === undefined ? read.raw : { ...read.raw, TUX_STATE_DIR: stateDir };
  const paths = resolveFolders(own);
  const { status, statusProblem } = await askSupervisor(paths);
  const raw = status?.sandbox ? withSandbox(own, status.sandbox.apiUrl) : own;
  const env = loadValidSettings(raw);
  return {
    raw,
    env,
    processEnv,
    unit,
    envProblem,
    envFile: resolve(processEnv.TUX_ENV_FILE || ENV_FILE),
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

/**
 * Who asks in a shell of a server has none of the service's settings. Where nothing else says which installation is meant, or
 * the folder that was named is the service's, they are taken from its unit.
 */
function findSettings(
  stateDir: string | undefined,
  { findUnits }: Pick<Systemd, 'findUnits'>,
): Pick<DoctorContext, 'processEnv' | 'unit'> {
  const isTold =
    process.env.TUX_ENV_FILE ||
    process.env.TUX_STATE_DIR ||
    process.env.STATE_DIRECTORY ||
    existsSync(resolve(ENV_FILE));
  if (isTold) return { processEnv: process.env, unit: null };
  const program = packageFile('dist/supervisor/main.js');
  const services = findUnits()
    .filter(({ text }) => text.includes(program))
    .map((unit) => ({ name: unit.name, environment: environmentOf(unit) }))
    .filter(({ environment }) => stateDir === undefined || environment.TUX_STATE_DIR === resolve(stateDir));
  const [service] = services;
  if (service === undefined || services.length > 1) return { processEnv: process.env, unit: null };
  return { processEnv: { ...process.env, ...service.environment }, unit: service.name };
}

function readSettings(processEnv: RawEnvironment): { raw: RawEnvironment; envProblem: TuxError | null } {
  try {
    return { raw: readEnvironment(process.cwd(), processEnv), envProblem: null };
  } catch (error) {
    if (!isTuxError(error)) throw error;
    return { raw: processEnv, envProblem: error };
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
