import { defineCommand, defineCommandGroup } from '../../framework/command.js';
import { writeOnce } from '../../framework/once.js';
import { choiceOption, integerOption, textOption, userOption } from '../../framework/options.js';
import { guildOnly, refuse } from '../../framework/precondition.js';
import { renderCaseList } from './case-list.js';
import { caseEmbed, MAX_REASON_LENGTH } from './case-text.js';
import { redrawLogEntry } from './mod-log.js';

const CASES_RANK = 2;
const MAX_NUMBER = 2_147_483_647;
/** The kinds of cases that commands make. */
const LISTED_TYPES = ['ban', 'tempban', 'unban', 'kick', 'timeout', 'untimeout', 'warn'] as const;

const numberOption = integerOption({ description: 'The number of the case', required: true, min: 1, max: MAX_NUMBER });

const listCasesCommand = defineCommand({
  name: 'list',
  description: 'Lists the cases of this server, newest first.',
  options: {
    user: userOption({ description: 'Only those about this person' }),
    type: choiceOption({ description: 'Only those of this kind', choices: LISTED_TYPES }),
  },
  preconditions: [guildOnly()],
  ephemeral: true,
  rank: CASES_RANK,
  async run(ctx, { user, type }) {
    if (ctx.guild === null) return; // guildOnly() has seen to it
    const query = { guildId: ctx.guild.id, userId: user?.id, type, page: 1 };
    await ctx.reply(await renderCaseList(ctx.services, query));
  },
});

const viewCaseCommand = defineCommand({
  name: 'view',
  description: 'Shows one case in full.',
  options: { number: numberOption },
  preconditions: [guildOnly()],
  ephemeral: true,
  rank: CASES_RANK,
  async run(ctx, { number }) {
    if (ctx.guild === null) return; // guildOnly() has seen to it
    const record = await ctx.services.database.cases.getByNumber(ctx.guild.id, number);
    if (record === null) return ctx.refuse(refuse('moderation.no-case', { number }));
    await ctx.reply({ embeds: [caseEmbed(record)] });
  },
});

const editCaseCommand = defineCommand({
  name: 'edit',
  description: 'Gives a case another reason, in the log as well.',
  options: {
    number: numberOption,
    reason: textOption({ description: 'The new reason', required: true, rest: true, maxLength: MAX_REASON_LENGTH }),
  },
  preconditions: [guildOnly()],
  ephemeral: true,
  rank: CASES_RANK,
  async run(ctx, { number, reason }) {
    const { guild } = ctx;
    if (guild === null) return; // guildOnly() has seen to it
    const { cases } = ctx.services.database;
    const record = await cases.getByNumber(guild.id, number);
    if (record === null) return ctx.refuse(refuse('moderation.no-case', { number }));
    if (record.userId === ctx.user.id) return ctx.refuse(refuse('moderation.own-case'));
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
