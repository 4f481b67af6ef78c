import { errnoOf, TuxError, type TuxErrorOptions } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';

/** Close codes after which discord.js neither reconnects nor ends the process; see its UNRECOVERABLE_CLOSE_CODES. */
const fatalCloses: Readonly<Record<number, readonly [code: string, message: string, hint: string]>> = {
  4004: [
    'TUX_DISCORD_TOKEN',
    'Discord refused the token',
    'copy the token anew from the Discord developer portal (Bot → Reset Token) into DISCORD_TOKEN',
  ],
  4010: ['TUX_DISCORD_SHARD', 'Discord refused the shard (4010)', 'report this: Tux runs one shard'],
  4011: [
    'TUX_DISCORD_SHARDING',
    'Discord requires sharding: the bot is in more than 2,500 guilds (4011)',
    'Tux runs one shard; leave some guilds',
  ],
  4012: ['TUX_DISCORD_VERSION', 'Discord no longer speaks this gateway version (4012)', 'upgrade Tux'],
  4013: ['TUX_DISCORD_INTENTS', 'Discord does not know an intent that Tux asks for (4013)', 'upgrade Tux'],
  4014: [
    'TUX_DISCORD_INTENTS',
    'Discord does not allow an intent that Tux asks for (4014)',
    'switch on Message Content Intent in the Discord developer portal, under Bot → Privileged Gateway Intents',
  ],
};

/** The error that a close code stands for, or undefined for one that discord.js recovers from. */
export function errorOfClose(closeCode: number): TuxError | undefined {
  const known = fatalCloses[closeCode];
  if (known === undefined) return undefined;
  const [code, message, hint] = known;
  return new TuxError(code, message, { hint, exitCode: ExitCode.CONFIG });
}

/**
 * What went wrong with a login, in our words and with the exit code it leads to: a refused token is CONFIG (78), what may
 * pass by itself UNAVAILABLE (69).
 */
export function errorOfLogin(cause: unknown): TuxError {
  if (errnoOf(cause) === 'TokenInvalid') return withCause(errorOfClose(4004), cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/sessions? remaining/i.test(message)) {
    return new TuxError(
      'TUX_DISCORD_BUDGET',
      'Discord grants no more IDENTIFYs for now',
      unavailable(cause, 'wait until it does'),
    );
  }
  return new TuxError(
    'TUX_DISCORD_UNREACHABLE',
    `Discord could not be reached (${errnoOf(cause) ?? message})`,
    unavailable(cause, 'check the network and https://discordstatus.com'),
  );
}

function withCause(error: TuxError | undefined, cause: unknown): TuxError {
  if (error === undefined) return errorOfLogin(new Error(String(cause)));
  return new TuxError(error.code, error.message, {
    cause,
    exitCode: error.exitCode,
    ...(error.hint && { hint: error.hint }),
  });
}

function unavailable(cause: unknown, hint: string): TuxErrorOptions {
  return { cause, hint, exitCode: ExitCode.UNAVAILABLE };
}
