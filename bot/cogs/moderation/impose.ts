import { escapeMarkdown, type Guild, type User } from 'discord.js';
import type { CommandContext } from '../../framework/command-context.js';
import { checkHierarchy } from '../../framework/hierarchy.js';
import type { Refusal } from '../../framework/precondition.js';
import { absoluteTime } from '../../framework/timestamps.js';
import { findMember } from '../find-member.js';
import { carryOut, type Outcome } from './carry-out.js';
import { reasonOf } from './case-text.js';
import { scheduleLift } from './lift-schedule.js';
import { type CaseRecord, type CaseType, measures } from './measure.js';
import { turnsOf } from './turns.js';

/** What a moderator asks for. */
export interface Imposition {
  readonly type: CaseType;
  readonly target: User;
  readonly reason: string | undefined;
  readonly durationMs?: number;
  readonly deleteMessageSeconds?: number;
  /** What else stands against it, asked after the hierarchy. */
  readonly check?: () => Promise<Refusal | null>;
}

/**
 * Does what a moderator asks for and answers. The case comes first: without a database nothing is done, and an event that
 * is handled again finds its case and goes on from there, whatever the hierarchy says by then.
 */
export async function impose(ctx: CommandContext, guild: Guild, imposition: Imposition): Promise<void> {
  const person = { guildId: guild.id, userId: imposition.target.id };
  const result = await turnsOf(ctx.services).take(person, () => decide(ctx, guild, imposition));
  if ('refusal' in result) return ctx.refuse(result.refusal);
  await ctx.reply(answerText(result.record, imposition.target, result.outcome));
}

type Decision = { readonly refusal: Refusal } | { readonly record: CaseRecord; readonly outcome: Outcome };

async function decide(ctx: CommandContext, guild: Guild, imposition: Imposition): Promise<Decision> {
  const earlier = await ctx.services.database.cases.getByEventKey(ctx.eventId);
  const refusal = earlier === null ? await obstacle(ctx, guild, imposition) : null;
  if (refusal) return { refusal };
  const record = earlier ?? (await writeCase(ctx, guild, imposition));
  return { record, outcome: await outcomeOf(ctx, guild, record, imposition) };
}

async function writeCase(ctx: CommandContext, guild: Guild, imposition: Imposition): Promise<CaseRecord> {
  const { type, target, reason, durationMs } = imposition;
  const { case: record } = await ctx.services.database.cases.create({
    guildId: guild.id,
    type,
    userId: target.id,
    moderatorId: ctx.user.id,
    reason: reasonOf(reason),
    eventKey: ctx.eventId,
    ...(durationMs !== undefined && { expiresAt: new Date(ctx.services.clock.now() + durationMs) }),
  });
  return record;
}

async function obstacle(ctx: CommandContext, guild: Guild, { type, target, check }: Imposition) {
  const { verb, needsMember, permission } = measures[type];
  const moderator = ctx.member ?? (await guild.members.fetch(ctx.user.id));
  const member = await findMember(guild, target.id, true);
  const refusal = await checkHierarchy({ guild, moderator, target, verb, needsMember, permission }, member);
  return refusal ?? (await check?.()) ?? null;
}

async function outcomeOf(
  { services }: CommandContext,
  guild: Guild,
  record: CaseRecord,
  { deleteMessageSeconds }: Imposition,
): Promise<Outcome> {
  if (record.status === 'pending') return carryOut(services, guild, record, deleteMessageSeconds);
  if (record.status === 'void') return { type: 'refused', why: 'Discord refused it.' };
  // An earlier worker may have come as far as this and no further.
  if (record.type === 'tempban' && record.status === 'open') await scheduleLift(services, record);
  return { type: 'done', isTold: null, log: 'logged', isSettled: true };
}

/** The answer to the moderator: what was done, and in one line each what was not. */
export function answerText(record: CaseRecord, target: Pick<User, 'username'>, outcome: Outcome): string {
  const { participle, verb } = measures[record.type];
  const name = `**${escapeMarkdown(target.username)}**`;
  const number = `case #${record.number}`;
  if (outcome.type === 'refused') return `⚠️ I did not ${verb} ${name}. ${outcome.why} (${number} is void)`;
  if (outcome.type === 'unanswered') {
    return `⏳ Discord does not answer, so I cannot tell whether ${name} is ${participle}. I will try again (${number}).`;
  }
  const until = record.expiresAt === null ? '' : ` until ${absoluteTime(record.expiresAt)}`;
  const { isTold, log, isSettled } = outcome;
  const lines = [
    `✅ ${name} is ${participle}${until} (${number}).`,
    isTold === false ? '📪 They could not be told: they take no direct messages from me.' : null,
    typeof log === 'object' ? `⚠️ It is not in the log: I cannot write to <#${log.failedIn}>.` : null,
    isSettled ? null : '⚠️ My database went away meanwhile. I will note it as done when it is back.',
  ];
  return lines.filter((line) => line !== null).join('\n');
}
