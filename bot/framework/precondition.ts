import type { CommandContext } from './command-context.js';

/** What people are told, by the stable id of the refusal. */
const texts = {
  'permissions.owner': () => 'Sorry, only the owners of this bot can do that.',
  'permissions.guild-manager': () => 'Sorry, you need the permission **Manage Server** for that.',
  'permissions.rank': ({ need, needName, have }: { need: number; needName: string | null; have: number }) =>
    `Sorry, that takes rank ${need}${needName === null ? '' : ` (${needName})`} here, and yours is ${have}.`,
  'permissions.unconfigured': ({ command, proposal }: { command: string; proposal: number }) =>
    `Nobody here has been given \`${command}\` yet. Please ask a manager of this server to run ` +
    `\`/permission init\`, or \`/permission command\` with command \`${command}\` and e.g. rank ${proposal}.`,
  'permissions.not-assignable': ({ command }: { command: string }) =>
    `\`${command}\` is for the owners of this bot and cannot be given to anybody.`,
  'permissions.ceiling': ({ need, have }: { need: number; have: number }) =>
    `Sorry, that takes rank ${need}, and yours is ${have}. Nobody can hand out more than they have, or else ` +
    'everybody with Manage Server could put themselves above all others. The owner of the server can do it.',
  'permissions.unavailable': () => 'I cannot check permissions right now, please try again in a minute.',
  'bot.identify-budget': ({ remaining, total }: { remaining: number; total: number }) =>
    `I would not come back at once: only ${remaining} of ${total} logins are left for today. ` +
    'If it must be, run `tux-supervisor restart --force` on the server.',
  'database.unavailable': () =>
    'My database does not answer right now, so I did nothing. It heals by itself; try again in a minute.',
  'database.uncertain': () =>
    'My database went away in the middle of that, so I cannot tell whether it is done. Look before you try again.',
  'poll.not-yours': () => 'Sorry, only its author and managers of this server can close a poll.',
  'bot.maintenance': ({ reason }: { reason: string | null }) =>
    `🔧 I am being worked on and serve only my owners for now${reason === null ? '' : `: ${reason}`}. ` +
    'Your reminders still come. Please try again later.',
  'command.cooldown': ({ until }: { until: number }) =>
    `⏳ That needs a pause. You can do it again <t:${Math.ceil(until / 1_000)}:R>.`,
  'confirmation.other': ({ userId }: { userId: string }) => `Only <@${userId}>, who asked for it, can answer that.`,
  'confirmation.answered': () => 'That has been answered already.',
  'levels.own': () => 'Sorry, somebody else has to change your own level.',
  'levels.above-you': ({ userId }: { userId: string }) =>
    `Sorry, <@${userId}> stands above you here, so somebody else has to change their level.`,
  'levels.role-above-you': ({ role }: { role: string }) =>
    `Sorry, you can only make roles below your own highest role a reward, and ${role} is not.`,
  'levels.role-beyond-you': ({ role }: { role: string }) =>
    `Sorry, ${role} gives more than you have yourself: permissions in Discord, or a rank. ` +
    'The owner of the server can make it a reward.',
  'snippets.not-yours': ({ name }: { name: string }) =>
    `Sorry, only the author of \`${name}\` and people with **Manage Server** can do that.`,
  'hierarchy.self': ({ verb }: { verb: string }) => `I will not ${verb} you on your own request.`,
  'hierarchy.bot': ({ verb }: { verb: string }) => `I cannot ${verb} myself.`,
  'hierarchy.guild-owner': ({ verb }: { verb: string }) => `Nobody can ${verb} the owner of this server.`,
  'hierarchy.not-a-member': ({ verb }: { verb: string }) =>
    `I cannot ${verb} them: they are not a member of this server.`,
  'hierarchy.above-you': ({ verb, role, yours }: { verb: string; role: string; yours: string }) =>
    `You cannot ${verb} them: their highest role, **${role}**, is not below yours, **${yours}**.`,
  'hierarchy.above-me': ({ verb, role, mine }: { verb: string; role: string; mine: string }) =>
    `I cannot ${verb} them: their highest role, **${role}**, is not below mine, **${mine}**. ` +
    'Somebody with **Manage Roles** can move my role up.',
  'hierarchy.administrator': () => 'Discord lets nobody time out an administrator.',
  'hierarchy.permission': ({ permission }: { permission: string }) =>
    `I lack the permission **${permission}**. Somebody with **Manage Roles** can give it to me.`,
  'moderation.not-banned': ({ name }: { name: string }) => `**${name}** is not banned here.`,
  'moderation.no-case': ({ number }: { number: number }) => `There is no case #${number} here. See \`/cases list\`.`,
  'moderation.own-case': () => 'Sorry, that case is about you, so somebody else has to edit it.',
  'moderation.case-above-you': ({ number, moderatorId }: { number: number; moderatorId: string }) =>
    `Sorry, case #${number} was made by <@${moderatorId}>, who stands above you here, so you cannot rewrite it.`,
  'moderation.unseen-channel': () => 'Sorry, you cannot see that channel yourself.',
  'moderation.no-text-channel': () => 'That works only in a text channel of this server.',
  'context.guild': () => 'That works only in a server, not in direct messages.',
  'bot.closing': () => '🔄 Tux is restarting, try again in a few seconds.',
} as const;

/** Stable: the log goes by it. */
export type RefusalId = keyof typeof texts;
type RefusalDetails<I extends RefusalId> =
  Parameters<(typeof texts)[I]> extends [infer D] ? [details: D & Readonly<Record<string, unknown>>] : [];

/** An expected "no": a value, not an error. It is answered politely and logged as `command:refused`. */
export interface Refusal {
  readonly id: RefusalId;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A refusal with its text. @param details what the text says, and what the log keeps. */
export function refuse<I extends RefusalId>(id: I, ...[details]: RefusalDetails<I>): Refusal {
  // The compiler cannot see that `details` belongs to this very `id`; the signature above makes sure of it.
  const text = texts[id] as (details: RefusalDetails<I>[0]) => string;
  return { id, message: text(details), details: details ?? {} };
}

/** Looks at who asks and where, before the arguments are read. Null: nothing stands against it. */
export type Precondition = (ctx: CommandContext) => Refusal | null;

/** Not in direct messages. */
export function guildOnly(): Precondition {
  return (ctx) => (ctx.guild ? null : refuse('context.guild'));
}

/** Owners of the bot, the owner of the guild, and members with Manage Server. */
export function requireGuildManager(): Precondition {
  return (ctx) => {
    if (!ctx.guild) return refuse('context.guild');
    return ctx.services.permissions.isGuildManager(ctx.actor) ? null : refuse('permissions.guild-manager');
  };
}
