import type { BotServices } from '../../framework/bot-services.js';
import type { CommandContext } from '../../framework/command-context.js';
import type { Suggest } from '../../framework/options.js';
import { textOption } from '../../framework/options.js';
import { type Refusal, refuse } from '../../framework/precondition.js';
import { UserError } from '../../framework/user-error.js';
import { normalizeName } from './snippet-name.js';

const MAX_SUGGESTIONS = 25;
/** So many names that look like the one that was asked for are told. */
const MAX_SIMILAR = 3;
/** Somebody may type what no name can be: then there is none of that name. */
const MAX_TYPED_LENGTH = 100;

type Snippet = NonNullable<Awaited<ReturnType<BotServices['database']['snippets']['getByName']>>>;

const suggestNames: Suggest = async ({ services, guildId, typed }) => {
  if (guildId === null) return [];
  return services.database.snippets.searchNames(guildId, normalizeName(typed), MAX_SUGGESTIONS);
};

/** The name of a snippet that exists. */
export function snippetOption(description: string) {
  return textOption({ description, required: true, maxLength: MAX_TYPED_LENGTH, suggest: suggestNames });
}

/** @throws UserError TUX_SNIPPET_UNKNOWN */
export async function findSnippet(guildId: string, typed: string, services: BotServices): Promise<Snippet> {
  const snippet = await services.database.snippets.getByName(guildId, normalizeName(typed));
  if (snippet === null) throw await unknownSnippet(guildId, typed, services);
  return snippet;
}

/** The error that says that there is no such snippet, with names that come close. */
export async function unknownSnippet(guildId: string, typed: string, { database }: BotServices): Promise<UserError> {
  const similar = await database.snippets.searchNames(guildId, normalizeName(typed), MAX_SIMILAR);
  const hint =
    similar.length > 0
      ? `Did you mean ${similar.map((name) => `\`${name}\``).join(', ')}?`
      : 'See `/snippet list` for what there is.';
  return new UserError('TUX_SNIPPET_UNKNOWN', 'There is no snippet of that name here.', { hint });
}

/** Null for the author of a snippet and for who manages the server. */
export function refusalToChange({ actor, services }: CommandContext, { name, authorId }: Snippet): Refusal | null {
  if (actor.userId === authorId || services.permissions.isGuildManager(actor)) return null;
  return refuse('snippets.not-yours', { name });
}
