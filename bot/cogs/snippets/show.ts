import { defineGuildCommand } from '../../framework/guild-command.js';
import { snippetOption, unknownSnippet } from './snippet-lookup.js';
import { normalizeName } from './snippet-name.js';

/** `$snippet rules`, `$s rules`, in full `$snippet show rules`. */
export const showCommand = defineGuildCommand({
  name: 'show',
  description: 'Posts a snippet.',
  options: { name: snippetOption('Its name') },
  async run(ctx, guild, { name }) {
    const { services, eventId } = ctx;
    const text = await services.database.snippets.use(guild.id, normalizeName(name), eventId);
    if (text === null) throw await unknownSnippet(guild.id, name, services);
    await ctx.reply(text);
  },
});
