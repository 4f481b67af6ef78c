import { SANDBOX_IDS, SANDBOX_TOKEN } from '../../sandbox/ids.js';
import { type RawEnvironment, readEnvironment } from '../../shared/config/load.js';

/** What was typed after `tux-supervisor start`. */
export interface StartOptions {
  readonly sandbox: boolean;
  readonly debug: boolean;
  readonly stateDir?: string | undefined;
}

/**
 * The settings as they are now, with what was typed. With the sandbox the real token stays out of it, nothing leaves this machine, and its
 * owner may do everything.
 */
export function startEnvironment(options: StartOptions): RawEnvironment {
  const raw: Record<string, string | undefined> = { ...readEnvironment() };
  if (options.stateDir) raw.TUX_STATE_DIR = options.stateDir;
  if (options.debug) raw.LOG_LEVEL = 'debug';
  if (!options.sandbox) return raw;
  const withheld = {
    BOT_TOKEN: undefined,
    SENTRY_DSN: undefined,
    TUX_NOTIFY_WEBHOOK: undefined,
    TUX_NOTIFY_COMMAND: undefined,
  };
  return { ...raw, ...withheld, DISCORD_TOKEN: SANDBOX_TOKEN, TUX_OWNER_IDS: SANDBOX_IDS.users.owner };
}
