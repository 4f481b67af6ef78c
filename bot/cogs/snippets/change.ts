import { defineCommand } from '../../framework/command.js';
import { textOption } from '../../framework/options.js';
import { truncate } from '../../framework/outgoing-message.js';
import { guildOnly } from '../../framework/precondition.js';
import { UserError } from '../../framework/user-error.js';
import { MAX_TEXT_LENGTH } from './create.js';
import { findSnippet, refusalToChange, snippetOption } from './snippet-lookup.js';

/** Room for the names of the aliases that went with a snippet. */
const MAX_ALIASES_LENGTH = 1_500;

/** `$snippet edit rules Be very kind.` */
export const editCommand = defineCommand({
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
  preconditions: [guildOnly()],
  async run(ctx, { name: typed, text }) {
    if (ctx.guild === null) return; // guildOnly() has seen to it
    const snippet = await findSnippet(ctx.guild.id, typed, ctx.services);
    const { name, aliasOf } = snippet;
    if (aliasOf !== null) {
      throw new UserError('TUX_SNIPPET_ALIAS', `\`${name}\` is only another name of \`${aliasOf}\`.`, {
        hint: `Edit \`${aliasOf}\`.`,
      });
    }
    const refusal = refusalToChange(ctx, snippet);
    if (refusal) return ctx.refuse(refusal);
    await ctx.services.database.snippets.updateContent(ctx.guild.id, name, text);
    await ctx.reply(`✅ \`${name}\` is changed.`);
  },
});

/** `$snippet delete rules`. */
export const deleteCommand = defineCommand({
  name: 'delete',
  description: 'Deletes a snippet of yours with its other names, or just one of those.',
  rank: 1,
  options: { name: snippetOption('Its name') },
  preconditions: [guildOnly()],
  async run(ctx, { name: typed }) {
    if (ctx.guild === null) return; // guildOnly() has seen to it
    const { snippets } = ctx.services.database;
    const snippet = await findSnippet(ctx.guild.id, typed, ctx.services);
    const refusal = refusalToChange(ctx, snippet);
    if (refusal) return ctx.refuse(refusal);
    const aliases = await snippets.listAliases(ctx.guild.id, snippet.name);
    await snippets.remove(ctx.guild.id, snippet.name);
    ctx.log.info({ event: 'snippet:deleted', name: snippet.name, aliases }, `✅ snippet ${snippet.name} deleted`);
    const gone = aliases.map((alias) => `\`${alias}\``).join(', ');
    const more = aliases.length === 0 ? '' : `, and with it its other names: ${truncate(gone, MAX_ALIASES_LENGTH)}`;
    await ctx.reply(`✅ \`${snippet.name}\` is deleted${more}.`);
  },
});
