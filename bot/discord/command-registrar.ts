import { createHash } from 'node:crypto';
import { Routes } from 'discord-api-types/v10';
import { z } from 'zod';
import { backoffDelay } from '../../shared/backoff.js';
import type { Clock } from '../../shared/clock.js';
import { deadline } from '../../shared/deadline.js';
import { describeError, TuxError } from '../../shared/errors.js';
import type { Logger } from '../../shared/logging/logger.js';
import { StateFile } from '../../shared/state-file.js';
import { describeDiscordFailure } from '../framework/discord-failure.js';
import type { SlashCommandJson } from '../framework/slash-json.js';

/** Discord refuses a longer list as a whole and then registers none of it. */
const MAX_COMMANDS = 100;
/** Long enough for discord.js to sit out an ordinary rate limit by itself. */
const ATTEMPT_TIMEOUT_MS = 120_000;
const RETRY = { baseMs: 5_000, maxMs: 15 * 60_000 } as const;

const cacheSchema = z.object({
  /** What Discord last accepted, by scope: the name and hash of each command. */
  scopes: z.record(z.string(), z.array(z.object({ name: z.string(), hash: z.string() }))),
});
type CommandCache = z.infer<typeof cacheSchema>;

/** The one method of discord.js' REST client that is needed. */
interface CommandRest {
  put(route: `/${string}`, options: { body: unknown; signal: AbortSignal }): Promise<unknown>;
}

export interface CommandRegistrarOptions {
  /** `command-cache.json`. */
  readonly path: string;
  readonly runId: string;
  readonly rest: CommandRest;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random?: () => number;
}

/** Tells Discord which slash commands there are, and only when something about them changed. */
export class CommandRegistrar {
  readonly #options: CommandRegistrarOptions;
  readonly #file: StateFile<CommandCache>;
  #cache: CommandCache | undefined;

  constructor(options: CommandRegistrarOptions) {
    this.#options = options;
    this.#file = new StateFile<CommandCache>({
      path: options.path,
      kind: 'command-cache',
      schemaVersion: 1,
      isCache: true, // costs one request
      schema: cacheSchema,
      empty: () => ({ scopes: {} }),
      runId: options.runId,
      now: () => new Date(options.clock.now()),
    });
  }

  /**
   * Reads what Discord accepted last. To be called before login: what keeps the file from being read then costs no IDENTIFY. A file
   * that is damaged, or that a newer Tux wrote, is put aside.
   *
   * @throws TuxError TUX_STATE_READ (exit 74).
   */
  async open(): Promise<CommandCache> {
    const { data, outcome, problem, archivePath } = await this.#file.load();
    this.#cache = data;
    if (outcome === 'quarantined' || outcome === 'newer') {
      const fields = { event: 'commands:cache:broken', problem, archivePath };
      const text = `⚠️ command-cache.json cannot be used and was put aside; all commands are sent again: ${problem}`;
      this.#options.log.warn(fields, text);
    }
    return data;
  }

  /**
   * Registers the global commands of an application unless Discord has this very set (`force`: in any case). While Discord is out of reach,
   * answers 5xx or limits us, it tries again with back-off until `signal` aborts: run it as a background task, the bot
   * serves meanwhile.
   *
   * @throws TuxError TUX_COMMANDS_TOO_MANY before anything is sent; TUX_COMMANDS_REJECTED when Discord refuses the set,
   * which trying again cannot change.
   */
  async register(
    applicationId: string,
    commands: readonly SlashCommandJson[],
    signal: AbortSignal,
    { force = false } = {},
  ): Promise<'unchanged' | 'registered'> {
    const { log } = this.#options;
    checkCount(commands);
    const scope = `global:${applicationId}`;
    const wanted = describeSet(commands);
    const cache = this.#cache ?? (await this.open());
    if (!force && JSON.stringify(cache.scopes[scope]) === JSON.stringify(wanted)) {
      log.info({ event: 'commands:unchanged', count: wanted.length }, '✅ slash commands are up to date');
      return 'unchanged';
    }
    await this.#putUntilAccepted(applicationId, commands, signal);
    // Saved only now: a cache that claims what Discord never accepted would leave the commands missing for good.
    this.#cache = { scopes: { ...cache.scopes, [scope]: wanted } };
    await this.#file.save(this.#cache);
    log.info({ event: 'commands:registered', count: wanted.length }, `✅ ${wanted.length} slash commands registered`);
    return 'registered';
  }

  async #putUntilAccepted(
    applicationId: string,
    commands: readonly SlashCommandJson[],
    signal: AbortSignal,
  ): Promise<void> {
    const { rest, clock, log, random } = this.#options;
    for (let attempt = 0; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        // A signal of its own for each attempt: @discordjs/rest never removes its listener from the one it is given.
        const put = (inner: AbortSignal) =>
          rest.put(Routes.applicationCommands(applicationId), { body: commands, signal: inner });
        await deadline('registration of the slash commands', ATTEMPT_TIMEOUT_MS, put, signal);
        return;
      } catch (err) {
        signal.throwIfAborted();
        if (isRejection(err)) throw rejectedError(err);
        const delayMs = backoffDelay(RETRY, attempt, random);
        const fields = { event: 'commands:register:failed', err, attempt, delayMs };
        log.warn(fields, `⚠️ slash commands could not be registered: ${describeError(err)}`);
        await clock.sleep(delayMs, signal);
      }
    }
  }
}

/** Name and hash of each command, in the order of the names: equal for equal sets, whatever order cogs loaded in. */
function describeSet(commands: readonly SlashCommandJson[]): { name: string; hash: string }[] {
  return commands
    .map((command) => ({
      name: command.name,
      hash: createHash('sha256').update(JSON.stringify(command)).digest('hex'),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function checkCount(commands: readonly SlashCommandJson[]): void {
  if (commands.length <= MAX_COMMANDS) return;
  throw new TuxError(
    'TUX_COMMANDS_TOO_MANY',
    `There are ${commands.length} slash commands, Discord takes at most ${MAX_COMMANDS}`,
    { hint: 'gather some of them into groups, or unload a cog; the commands registered so far stay as they are' },
  );
}

/** A 4xx is an answer about the commands or the application itself; 429 is about the pace only. */
function isRejection(error: unknown): boolean {
  const { status } = describeDiscordFailure(error);
  return status !== null && status >= 400 && status < 500 && status !== 429;
}

function rejectedError(cause: unknown): TuxError {
  return new TuxError('TUX_COMMANDS_REJECTED', `Discord refused the slash commands: ${describeError(cause)}`, {
    cause,
    hint: 'correct the definition that Discord names; prefix commands work meanwhile',
  });
}
