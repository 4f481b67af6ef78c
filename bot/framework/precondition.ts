import type { CommandContext } from './command-context.js';

/** What people are told, by the stable id of the refusal. */
const texts = {
  'permissions.owner': () => 'Sorry, only the owners of this bot can do that.',
  'permissions.guild-manager': () => 'Sorry, you need the permission **Manage Server** for that.',
  'permissions.rank': ({ need, have }: { need: number; have: number }) =>
    `Sorry, that takes rank ${need} here, and yours is ${have}.`,
  'permissions.unavailable': () => 'I cannot check permissions right now, please try again in a minute.',
  'bot.identify-budget': ({ remaining, total }: { remaining: number; total: number }) =>
    `I would not come back at once: only ${remaining} of ${total} logins are left for today. ` +
    'If it must be, run `tux-supervisor restart --force` on the server.',
  'context.guild': () => 'That works only in a server, not in direct messages.',
  'bot.closing': () => '🔄 Tux is restarting, try again in a few seconds.',
} as const;

export type RefusalId = keyof typeof texts;
type RefusalDetails<I extends RefusalId> =
  Parameters<(typeof texts)[I]> extends [infer D] ? [details: D & Readonly<Record<string, unknown>>] : [];

/** An expected "no": a value, not an error. It is answered politely and logged as `command:refused`. */
export interface Refusal {
  readonly id: RefusalId;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export function refuse<I extends RefusalId>(id: I, ...[details]: RefusalDetails<I>): Refusal {
  // The compiler cannot see that `details` belongs to this very `id`; the signature above makes sure of it.
  const text = texts[id] as (details: RefusalDetails<I>[0]) => string;
  return { id, message: text(details), details: details ?? {} };
}

/** Looks at who asks and where, before the arguments are read. Null: nothing stands against it. */
export type Precondition = (ctx: CommandContext) => Refusal | null;

/** Only users named in TUX_OWNER_IDS. */
export function ownerOnly(): Precondition {
  return (ctx) => (ctx.services.permissions.isOwner(ctx.user.id) ? null : refuse('permissions.owner'));
}

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
