import type { BotServices } from '../../framework/bot-services.js';
import type { ComponentHandler } from '../../framework/components.js';
import { defineGuildCommand } from '../../framework/guild-command.js';
import { integerOption } from '../../framework/options.js';
import { type OutgoingMessage, truncate } from '../../framework/outgoing-message.js';
import { guildOnly } from '../../framework/precondition.js';
import { absoluteTime } from '../../framework/timestamps.js';
import { EMBED_COLOR } from '../embed-color.js';
import { pageButtons, pageOf } from '../page-buttons.js';
import { findSnippet, snippetOption } from './snippet-lookup.js';

const PAGE_SIZE = 20;
const MAX_PAGE = 1_000;
/** Discord's limit for a field of an embed. */
const MAX_FIELD_LENGTH = 1_024;

/** `$snippet list`. */
export const listCommand = defineGuildCommand({
  name: 'list',
  description: 'Lists the snippets of this server.',
  options: { page: integerOption({ description: 'Which page; default: the first', min: 1, max: MAX_PAGE }) },
  async run(ctx, guild, { page = 1 }) {
    await ctx.reply(await renderList(guild.id, page, ctx.services));
  },
});

/** Turns the pages of a list. */
export const listButton: ComponentHandler = {
  command: 'snippet list',
  preconditions: [guildOnly()],
  async run(ctx, [page]) {
    if (ctx.guild === null) return; // guildOnly() has seen to it
    await ctx.update(await renderList(ctx.guild.id, Number(page), ctx.services));
  },
};

/** `$snippet info rules`. */
export const infoCommand = defineGuildCommand({
  name: 'info',
  description: 'Shows who made a snippet, when, and how often it was used.',
  options: { name: snippetOption('Its name') },
  async run(ctx, guild, { name: typed }) {
    const { name, aliasOf, authorId, createdAt, uses } = await findSnippet(guild.id, typed, ctx.services);
    const aliases = await ctx.services.database.snippets.listAliases(guild.id, name);
    const names = truncate(aliases.map((alias) => `\`${alias}\``).join(', '), MAX_FIELD_LENGTH);
    const embed = {
      title: name,
      color: EMBED_COLOR,
      fields: [
        { name: 'Author', value: `<@${authorId}>`, inline: true },
        { name: 'Created', value: absoluteTime(createdAt), inline: true },
        ...(aliasOf === null
          ? [{ name: 'Usage', value: timesUsed(uses), inline: true }]
          : [{ name: 'Stands for', value: `\`${aliasOf}\``, inline: true }]),
        ...(names === '' ? [] : [{ name: 'Other names', value: names }]),
      ],
    };
    await ctx.reply({ embeds: [embed] });
  },
});

async function renderList(guildId: string, wanted: number, { database }: BotServices): Promise<OutgoingMessage> {
  const total = await database.snippets.count(guildId);
  const page = pageOf(wanted, total, PAGE_SIZE);
  const rows = await database.snippets.list(guildId, { offset: page.offset, limit: PAGE_SIZE });
  const lines = rows.map(({ name, aliasOf, uses }) => {
    return aliasOf === null ? `\`${name}\` · ${timesUsed(uses)}` : `\`${name}\` → \`${aliasOf}\``;
  });
  return {
    embeds: [
      {
        title: 'Snippets',
        description: lines.join('\n') || 'There are none yet. Make one with `snippet create`.',
        color: EMBED_COLOR,
        footer: { text: `Page ${page.number} of ${page.count} · ${total} ${total === 1 ? 'name' : 'names'}` },
      },
    ],
    components: pageButtons('snippets', 'list', page),
  };
}

function timesUsed(uses: number): string {
  return uses === 1 ? 'used once' : `used ${uses} times`;
}
