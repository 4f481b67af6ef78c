import { defineGuildCommand } from '../../framework/guild-command.js';
import { done, once, refused } from '../../framework/once.js';
import { textOption } from '../../framework/options.js';
import { truncate } from '../../framework/outgoing-message.js';
import { UserError } from '../../framework/user-error.js';
import { MAX_TEXT_LENGTH } from './create.js';
import { findSnippet, refusalToChange, snippetOption } from './snippet-lookup.js';
import { normalizeName } from './snippet-name.js';

/** Room for the names of the aliases that went with a snippet. */
const MAX_ALIASES_LENGTH = 1_500;

/** `$snippet edit rules Be very kind.` */
export const editCommand = defineGuildCommand({
  name: 'edit',
  description: 'Changes the text of a snippet of yours.',
  rank: 1,
  options: {
    name: snippetOption('Its name'),
    text: textOption({
      description: 'What it says from now on',
      required: true,
      rest: true,
      maxLength: MAX_TEXT_LENGTH,
    }),
  },
  async run(ctx, guild, { name: typed, text }) {
    const isChanged = await once(ctx, async () => {
      const snippet = await findSnippet(guild.id, typed, ctx.services);
      const { name, aliasOf } = snippet;
      if (aliasOf !== null) {
        throw new UserError('TUX_SNIPPET_ALIAS', `\`${name}\` is only another name of \`${aliasOf}\`.`, {
          hint: `Edit \`${aliasOf}\`.`,
        });
      }
      const refusal = refusalToChange(ctx, snippet);
      if (refusal) return refused(ctx, refusal);
      return done(({ snippets }) => snippets.updateContent(guild.id, name, text));
    });
    if (isChanged) await ctx.reply(`✅ \`${normalizeName(typed)}\` is changed.`);
  },
});

/** `$snippet delete rules`. */
export const deleteCommand = defineGuildCommand({
  name: 'delete',
  description: 'Deletes a snippet of yours with its other names, or just one of those.',
  rank: 1,
  options: { name: snippetOption('Its name') },
  async run(ctx, guild, { name: typed }) {
    const deleted = await once(ctx, async () => {
      const snippet = await findSnippet(guild.id, typed, ctx.services);
      const refusal = refusalToChange(ctx, snippet);
      if (refusal) return refused(ctx, refusal);
      return async ({ snippets }) => {
        const aliases = await snippets.listAliases(guild.id, snippet.name);
        await snippets.remove(guild.id, snippet.name);
        return { name: snippet.name, aliases };
      };
    });
    if (deleted === null) return;
    const { name, aliases } = deleted;
    ctx.log.info({ event: 'snippet:deleted', name, aliases }, `✅ snippet ${name} deleted`);
    const gone = aliases.map((alias) => `\`${alias}\``).join(', ');
    const more = aliases.length === 0 ? '' : `, and with it its other names: ${truncate(gone, MAX_ALIASES_LENGTH)}`;
    await ctx.reply(`✅ \`${name}\` is deleted${more}.`);
  },
});
