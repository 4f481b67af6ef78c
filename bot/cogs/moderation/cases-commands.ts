import { defineCommandGroup } from '../../framework/command.js';
import { defineGuildCommand } from '../../framework/guild-command.js';
import { writeOnce } from '../../framework/once.js';
import { choiceOption, integerOption, textOption, userOption } from '../../framework/options.js';
import { refuse } from '../../framework/precondition.js';
import { standsAbove } from '../stands-above.js';
import { renderCaseList } from './case-list.js';
import { caseEmbed, MAX_REASON_LENGTH } from './case-text.js';
import { redrawLogEntry } from './mod-log.js';

const CASES_RANK = 2;
const MAX_NUMBER = 2_147_483_647;
/** The kinds of cases that commands make. */
const LISTED_TYPES = ['ban', 'tempban', 'unban', 'kick', 'timeout', 'untimeout', 'warn'] as const;

const numberOption = integerOption({ description: 'The number of the case', required: true, min: 1, max: MAX_NUMBER });

const listCasesCommand = defineGuildCommand({
  name: 'list',
  description: 'Lists the cases of this server, newest first.',
  options: {
    user: userOption({ description: 'Only those about this person' }),
    type: choiceOption({ description: 'Only those of this kind', choices: LISTED_TYPES }),
  },
  ephemeral: true,
  rank: CASES_RANK,
  async run(ctx, guild, { user, type }) {
    const query = { guildId: guild.id, userId: user?.id, type, page: 1 };
    await ctx.reply(await renderCaseList(ctx.services, query));
  },
});

const viewCaseCommand = defineGuildCommand({
  name: 'view',
  description: 'Shows one case in full.',
  options: { number: numberOption },
  ephemeral: true,
  rank: CASES_RANK,
  async run(ctx, guild, { number }) {
    const record = await ctx.services.database.cases.getByNumber(guild.id, number);
    if (record === null) return ctx.refuse(refuse('moderation.no-case', { number }));
    await ctx.reply({ embeds: [caseEmbed(record)] });
  },
});

const editCaseCommand = defineGuildCommand({
  name: 'edit',
  description: 'Gives a case another reason, in the log as well.',
  options: {
    number: numberOption,
    reason: textOption({ description: 'The new reason', required: true, rest: true, maxLength: MAX_REASON_LENGTH }),
  },
  ephemeral: true,
  rank: CASES_RANK,
  async run(ctx, guild, { number, reason }) {
    const { cases } = ctx.services.database;
    const record = await cases.getByNumber(guild.id, number);
    if (record === null) return ctx.refuse(refuse('moderation.no-case', { number }));
    if (record.userId === ctx.user.id) return ctx.refuse(refuse('moderation.own-case'));
    const { moderatorId } = record;
    // What ends by itself is in the name of the bot, and anybody's to explain.
    if (moderatorId !== guild.client.user.id && (await standsAbove(ctx, guild, moderatorId))) {
      return ctx.refuse(refuse('moderation.case-above-you', { number, moderatorId }));
    }
    await writeOnce(ctx, (db) => db.cases.updateReason(guild.id, number, reason));
    ctx.log.info(
      { event: 'moderation:case:edited', number, was: record.reason },
      `✅ case #${number} has a new reason`,
    );
    const isRedrawn = await redrawLogEntry(ctx.services, (await cases.getById(record.id)) ?? record);
    const note = isRedrawn ? '' : '\n⚠️ The log still shows the old one: I could not change that message.';
    await ctx.reply(`✅ Case #${number} has a new reason.${note}`);
  },
});

/** `$cases`, `$cases view 3`, `$cases edit 3 spam in three channels`. */
export const casesCommand = defineCommandGroup({
  name: 'cases',
  description: 'What moderators have done on this server.',
  aliases: ['case'],
  commands: [listCasesCommand, viewCaseCommand, editCaseCommand],
  defaultCommand: 'list',
});
