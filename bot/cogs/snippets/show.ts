import { defineCommand } from '../../framework/command.js';
import { guildOnly } from '../../framework/precondition.js';
import { snippetOption, unknownSnippet } from './snippet-lookup.js';
import { normalizeName } from './snippet-name.js';

/** `$snippet rules`, `$s rules`, in full `$snippet show rules`. */
export const showCommand = defineCommand({
  name: 'show',
  description: 'Posts a snippet.',
  options: { name: snippetOption('Its name') },
  preconditions: [guildOnly()],
  async run(ctx, { name }) {
    const { guild, services, eventId } = ctx;
    if (guild === null) return; // guildOnly() has seen to it
    const text = await services.database.snippets.use(guild.id, normalizeName(name), eventId);
    if (text === null) throw await unknownSnippet(guild.id, name, services);
    await ctx.reply(text);
  },
});
