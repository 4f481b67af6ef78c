import type { GuildBasedChannel, Role, User } from 'discord.js';
import { TuxError } from '../../shared/errors.js';
import { type ArgumentProblem, parseArguments, type RawArguments, readPrefixArguments } from './arguments.js';
import type { BotServices } from './bot-services.js';
import type { Command } from './command.js';
import type { CommandContext } from './command-context.js';
import type { ComponentContext } from './component-context.js';
import type { ComponentHandler } from './components.js';
import { cooldownKey, type RunningCooldown } from './cooldowns.js';
import { answerFailure, newErrorId } from './error-boundary.js';
import { findMemberNamed, findUser } from './find-user.js';
import type { OptionResolver } from './options.js';
import type { GuardedCommand } from './permission-policy.js';
import { type Refusal, refuse } from './precondition.js';
import { prefixUsage, slashUsage } from './usage.js';

/** An interaction must be answered within 3 s of its making; a deferral at 2 s leaves a second for the way. */
const AUTO_DEFER_AFTER_MS = 2_000;
/**
 * One that had to wait, for a worker that was away, is deferred so much later, unless its time is over before that. Nearly every
 * command has answered by then; and filling in a deferral counts in the 50 requests that Discord allows in a second, an answer does
 * not: a hundred people who waited would use them up.
 */
const LATE_GRACE_MS = 250;
/** The age at which nothing is waited for any more. */
const LAST_DEFER_AT_MS = 2_750;

/** How a command or button ended. */
export interface CommandOutcome {
  readonly path: string;
  readonly eventId: string;
  readonly result: 'ok' | 'refused' | 'usage' | 'failed';
  readonly durationMs: number;
  /** With `failed`. */
  readonly error?: unknown;
  /** With `failed`: the id that the person was given, unless the failure was an expected one. */
  readonly errorId?: string;
}

/** Where the arguments come from. */
export type CommandInput =
  | { readonly form: 'prefix'; readonly line: string }
  | { readonly form: 'slash'; readonly raw: RawArguments; readonly ageMs: number };

export interface CommandInvokerOptions {
  readonly services: BotServices;
  isClosing(): boolean;
  onFinished(outcome: CommandOutcome): void;
}

type Result = Exclude<CommandOutcome['result'], 'failed'>;

/**
 * Runs one command: closing, maintenance, preconditions, permissions, cooldown, arguments, the command itself; nothing it
 * throws gets out.
 */
export class CommandInvoker {
  readonly #options: CommandInvokerOptions;

  constructor(options: CommandInvokerOptions) {
    this.#options = options;
  }

  runCommand(ctx: CommandContext, command: Command, input: CommandInput): Promise<void> {
    const ageMs = input.form === 'slash' ? input.ageMs : null;
    return this.#guard(ctx, ageMs, async () => {
      const refusal = await this.refusalFor(ctx, command);
      if (refusal) return this.#refuse(ctx, refusal);
      const cooldown = this.#cooldownFor(ctx, command);
      const until = cooldown?.until() ?? null;
      if (until !== null) return this.#refuse(ctx, refuse('command.cooldown', { until }));
      const read = input.form === 'slash' ? { raw: input.raw } : readPrefixArguments(input.line, command.options);
      const parsed = 'raw' in read ? await parseArguments(read.raw, command.options, optionResolver(ctx)) : read;
      if ('problem' in parsed) return this.#explainUsage(ctx, command, input.form, parsed);
      const run = async () => {
        await command.run(ctx, parsed.args as Parameters<Command['run']>[1]);
        return resultOf(ctx);
      };
      return cooldown ? this.#runInTurn(ctx, cooldown, run) : run();
    });
  }

  runComponent(
    ctx: ComponentContext,
    handler: ComponentHandler,
    args: readonly string[],
    ageMs: number,
  ): Promise<void> {
    return this.#guard(ctx, ageMs, async () => {
      const refusal = await this.refusalFor(ctx, handler);
      if (refusal) return this.#refuse(ctx, refusal);
      await handler.run(ctx, args);
      return resultOf(ctx);
    });
  }

  /** Answers what could not be run, privately where that is possible. */
  answer(ctx: CommandContext, content: string): Promise<void> {
    return this.#guard(ctx, null, async () => {
      await ctx.reply({ content, ephemeral: true });
      return 'usage';
    });
  }

  /** @param ageMs age of an interaction, null for what needs no deferral. */
  async #guard(ctx: CommandContext, ageMs: number | null, work: () => Promise<Result>): Promise<void> {
    const { clock } = this.#options.services;
    const startedAt = clock.monotonic();
    const callOff = ageMs === null ? null : this.#deferLater(ctx, deferDelayMs(ageMs));
    const end = { path: ctx.path, eventId: ctx.eventId };
    try {
      const result = await work();
      const durationMs = Math.round(clock.monotonic() - startedAt);
      const sign = result === 'ok' ? '✅' : '⚠️';
      ctx.log.info({ event: 'command:finished', result, durationMs }, `${sign} ${ctx.path}: ${result}`);
      this.#options.onFinished({ ...end, result, durationMs });
    } catch (error) {
      const errorId = await this.#answerFailure(ctx, error);
      const durationMs = Math.round(clock.monotonic() - startedAt);
      this.#options.onFinished({ ...end, result: 'failed', durationMs, error, ...(errorId && { errorId }) });
    } finally {
      callOff?.();
    }
  }

  /** @returns calls it off; a deferral that is under way goes on, and nobody hears whether it works out. */
  #deferLater(ctx: CommandContext, delayMs: number): () => void {
    let isOver = false;
    const defer = () => {
      ctx.defer().catch((err) => {
        if (!isOver) ctx.log.warn({ event: 'command:defer:failed', err }, `⚠️ ${ctx.path} could not be deferred`);
      });
    };
    const callOff = delayMs > 0 ? this.#options.services.clock.after(delayMs, defer) : null;
    if (callOff === null) defer();
    return () => {
      isOver = true;
      callOff?.();
    };
  }

  /** Why somebody may not use a command or button; null when they may. */
  async refusalFor(ctx: CommandContext, subject: Command | ComponentHandler): Promise<Refusal | null> {
    const { permissions, maintenance } = this.#options.services;
    if (this.#options.isClosing()) return refuse('bot.closing');
    if (maintenance.isOn && !permissions.isOwner(ctx.user.id)) {
      return refuse('bot.maintenance', { reason: maintenance.reason });
    }
    for (const precondition of subject.preconditions ?? []) {
      const refusal = precondition(ctx);
      if (refusal) return refusal;
    }
    const guarded = this.#guardedBy(ctx, subject);
    return guarded && permissions.check(ctx.actor, guarded);
  }

  /**
   * The command whose permission is asked for; null for a button that stands for none.
   *
   * @throws TuxError TUX_COMPONENT_COMMAND for a button of a command that does not exist.
   */
  #guardedBy(ctx: CommandContext, subject: Command | ComponentHandler): GuardedCommand | null {
    if ('kind' in subject) return { path: ctx.path, command: subject };
    if (subject.command === undefined) return null;
    const found = this.#options.services.commands.findByLine(subject.command);
    if (found && 'path' in found) return found;
    throw new TuxError('TUX_COMPONENT_COMMAND', `Button '${ctx.path}' stands for no command: '${subject.command}'`, {
      hint: 'correct its definition in the cog',
    });
  }

  #cooldownFor(ctx: CommandContext, { cooldown }: Command): RunningCooldown | null {
    const { cooldowns, permissions } = this.#options.services;
    if (cooldown === null || permissions.isOwner(ctx.user.id)) return null;
    return cooldowns.of(cooldownKey(cooldown, ctx), cooldown.ms, ctx.eventId);
  }

  /** The pause begins once `run` has succeeded; until then nobody else who shares it gets a turn. */
  async #runInTurn(ctx: CommandContext, cooldown: RunningCooldown, run: () => Promise<Result>): Promise<Result> {
    const until = cooldown.until();
    if (until !== null) return this.#refuse(ctx, refuse('command.cooldown', { until }));
    cooldown.hold();
    let result: Result | null = null;
    try {
      result = await run();
      return result;
    } finally {
      cooldown.release(result === 'ok');
    }
  }

  async #refuse(ctx: CommandContext, refusal: Refusal): Promise<'refused'> {
    await ctx.refuse(refusal);
    return 'refused';
  }

  async #explainUsage(
    ctx: CommandContext,
    command: Command,
    form: CommandInput['form'],
    { problem }: ArgumentProblem,
  ): Promise<'usage'> {
    const prefix = await this.#options.services.prefixes.get(ctx.guild?.id ?? null);
    const usage = form === 'slash' ? slashUsage(ctx.path, command) : prefixUsage(prefix, ctx.path, command);
    await ctx.reply({ content: `${problem}\nUsage: \`${usage}\``, ephemeral: true });
    return 'usage';
  }

  /** @returns the id under which a bug was logged. */
  async #answerFailure(ctx: CommandContext, err: unknown): Promise<string | null> {
    if (this.#options.services.gateway.isLeftToNext) {
      // The database has been closed under it, say. Whoever asked gets one answer, from the worker that does it.
      ctx.log.info({ event: 'command:left', err }, `🔧 ${ctx.path} is left to the next worker`);
      return null;
    }
    const errorId = newErrorId();
    const { severity, reply } = answerFailure(err, errorId);
    if (severity === 'bug') {
      ctx.log.error({ event: 'command:failed', err, errorId }, `❌ ${ctx.path} failed (${errorId})`);
    } else {
      ctx.log.warn({ event: 'command:failed', err }, `⚠️ ${ctx.path} did not work out`);
    }
    try {
      if (reply !== null) await ctx.reply({ content: reply, ephemeral: true });
    } catch (replyError) {
      ctx.log.warn(
        { event: 'command:reply:failed', err: replyError },
        `⚠️ nobody could be told that ${ctx.path} failed`,
      );
    }
    return severity === 'bug' ? errorId : null;
  }
}

/** In how many ms an interaction of this age is deferred, if it has not been answered by then. */
function deferDelayMs(ageMs: number): number {
  const graceMs = Math.min(LATE_GRACE_MS, LAST_DEFER_AT_MS - ageMs);
  return Math.max(AUTO_DEFER_AFTER_MS - ageMs, graceMs);
}

/** A command may also refuse by itself. */
function resultOf(ctx: CommandContext): Result {
  return ctx.isRefused ? 'refused' : 'ok';
}

function optionResolver(ctx: CommandContext): OptionResolver {
  return {
    user: (id): Promise<User | null> => findUser(ctx.user.client, id),
    memberNamed: async (name): Promise<User | null> => (ctx.guild ? findMemberNamed(ctx.guild, name) : null),
    channel: (id): GuildBasedChannel | null => ctx.guild?.channels.cache.get(id) ?? null,
    role: (id): Role | null => ctx.guild?.roles.cache.get(id) ?? null,
  };
}
