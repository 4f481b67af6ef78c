import type { BotServices } from '../../framework/bot-services.js';
import { defineGuildCommand } from '../../framework/guild-command.js';
import { once } from '../../framework/once.js';
import { textOption } from '../../framework/options.js';
import { UserError } from '../../framework/user-error.js';
import { findSnippet, snippetOption } from './snippet-lookup.js';
import { MAX_NAME_LENGTH, newName } from './snippet-name.js';

/** What Discord takes in one message: a snippet is posted as it is. */
export const MAX_TEXT_LENGTH = 2_000;
/** Snippets and aliases. Two people who create the last ones at the same time may exceed it by one, which does no harm. */
const MAX_SNIPPETS_PER_GUILD = 500;

/** `$snippet create rules Be kind.` */
export const createCommand = defineGuildCommand({
  name: 'create',
  description: 'Makes a snippet: a text that everybody can call up by its name.',
  rank: 1,
  options: {
    name: textOption({ description: 'Its name', required: true, maxLength: MAX_NAME_LENGTH }),
    text: textOption({ description: 'What it says', required: true, rest: true, maxLength: MAX_TEXT_LENGTH }),
  },
  async run(ctx, guild, { name: typed, text: content }) {
    const name = newName(typed);
    const wanted = { guildId: guild.id, name, content, authorId: ctx.user.id };
    await once(ctx, async () => {
      await requireRoom(wanted.guildId, name, ctx.services);
      return async ({ snippets }) => {
        if (!(await snippets.create(wanted))) throw nameTaken(name);
        return true;
      };
    });
    const prefix = await ctx.services.prefixes.get(wanted.guildId);
    await ctx.reply(`✅ \`${name}\` is there. Call it up with \`${prefix}s ${name}\`.`);
  },
});

/** `$snippet alias r rules`. */
export const aliasCommand = defineGuildCommand({
  name: 'alias',
  description: 'Gives a snippet another name.',
  rank: 1,
  options: {
    name: textOption({ description: 'The other name', required: true, maxLength: MAX_NAME_LENGTH }),
    target: snippetOption('The snippet'),
  },
  async run(ctx, guild, { name: typed, target: typedTarget }) {
    const { user, services } = ctx;
    const name = newName(typed);
    const target = await once(ctx, async () => {
      const found = await findSnippet(guild.id, typedTarget, services);
      const wanted = { guildId: guild.id, name, target: found.aliasOf ?? found.name, authorId: user.id };
      await requireRoom(guild.id, name, services);
      return async ({ snippets }) => {
        const outcome = await snippets.createAlias(wanted);
        if (outcome === 'no-target') throw new UserError('TUX_SNIPPET_UNKNOWN', 'That snippet was deleted just now.');
        if (outcome === 'name-taken') throw nameTaken(name);
        return wanted.target;
      };
    });
    await ctx.reply(`✅ \`${name}\` is another name of \`${target}\` now.`);
  },
});

/** A name that exists takes no room: what stands in its way is something else. */
async function requireRoom(guildId: string, name: string, { database }: BotServices): Promise<void> {
  if ((await database.snippets.count(guildId)) < MAX_SNIPPETS_PER_GUILD) return;
  if ((await database.snippets.getByName(guildId, name)) !== null) return;
  throw new UserError('TUX_SNIPPETS_FULL', `This server has ${MAX_SNIPPETS_PER_GUILD} snippets already.`, {
    hint: 'Delete one first.',
  });
}

function nameTaken(name: string): UserError {
  return new UserError('TUX_SNIPPET_TAKEN', `There is a snippet \`${name}\` already.`, {
    hint: 'Take another name, or change it with `snippet edit`.',
  });
}
