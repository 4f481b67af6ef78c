import type { ApplicationCommandOptionChoiceData, AutocompleteInteraction } from 'discord.js';
import { deadline } from '../../shared/deadline.js';
import type { CommandContext } from './command-context.js';
import type { CommandInvoker } from './command-invoker.js';
import type { FoundCommand } from './command-registry.js';
import { isInteractionLost } from './discord-failure.js';
import type { Option } from './options.js';
import type { Responder } from './responder.js';

/** Discord waits 3 s for suggestions; this leaves half a second for the way. */
const SUGGEST_LIMIT_MS = 2_500;
/** Discord's limits. */
const MAX_CHOICES = 25;
const MAX_CHOICE_LENGTH = 100;

/** Suggestions are the only answer to somebody who is still typing. */
export const noReply: Responder = {
  reply: () => Promise.reject(new TypeError('while somebody types, there is nothing to reply to')),
  defer: async () => {},
};

/** Somebody types in an option, and Discord asks what to suggest. */
export interface SuggestionRequest {
  readonly interaction: AutocompleteInteraction;
  /** Null when there is no such command any more. */
  readonly found: FoundCommand | null;
  readonly ctx: CommandContext;
  /** How long the question was on its way. */
  readonly ageMs: number;
}

/**
 * Answers with suggestions. Nobody learns more from them than from the command itself: who would be refused, for whatever
 * reason, gets none. Never rejects; what goes wrong or takes too long is logged and suggests nothing.
 */
export async function answerSuggestions(request: SuggestionRequest, invoker: CommandInvoker): Promise<void> {
  try {
    await request.interaction.respond(await suggestions(request, invoker));
  } catch (err) {
    if (isInteractionLost(err)) return;
    request.ctx.log.warn({ event: 'suggest:reply:failed', err }, '⚠️ suggestions did not arrive');
  }
}

async function suggestions(
  { interaction, found, ctx, ageMs }: SuggestionRequest,
  invoker: CommandInvoker,
): Promise<ApplicationCommandOptionChoiceData[]> {
  const { name, value: typed } = interaction.options.getFocused(true);
  const suggest = optionOf(found, name)?.suggest;
  if (!found || !suggest) return [];
  const { services, user, guild, signal, log, path } = ctx;
  const limitMs = Math.max(0, SUGGEST_LIMIT_MS - ageMs);
  const collect = async () => {
    if (await invoker.refusalFor(ctx, found.command)) return [];
    return suggest({ services, userId: user.id, guildId: guild?.id ?? null, typed });
  };
  try {
    return toChoices(await deadline(`suggestions for ${path}`, limitMs, collect, signal, services.clock));
  } catch (err) {
    log.warn({ event: 'suggest:failed', err, option: name }, `⚠️ no suggestions for ${name} of ${path}`);
    return [];
  }
}

function optionOf(found: FoundCommand | null, name: string): Option | undefined {
  return found && Object.hasOwn(found.command.options, name) ? found.command.options[name] : undefined;
}

/** What Discord accepts: each value once, none empty; a longer one could not be given as it is, so it is left out. */
function toChoices(values: readonly string[]): ApplicationCommandOptionChoiceData[] {
  const fitting = values.filter(({ length }) => length >= 1 && length <= MAX_CHOICE_LENGTH);
  return [...new Set(fitting)].slice(0, MAX_CHOICES).map((value) => ({ name: value, value }));
}
