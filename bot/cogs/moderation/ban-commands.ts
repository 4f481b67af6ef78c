import { escapeMarkdown, type Guild, type User } from 'discord.js';
import type { CommandContext } from '../../framework/command-context.js';
import { describeDiscordFailure } from '../../framework/discord-failure.js';
import { findUser } from '../../framework/find-user.js';
import { defineGuildCommand } from '../../framework/guild-command.js';
import { durationOption, integerOption, type Suggest, textOption, userOption } from '../../framework/options.js';
import { type Refusal, refuse } from '../../framework/precondition.js';
import { UserError } from '../../framework/user-error.js';
import { MAX_REASON_LENGTH } from './case-text.js';
import { impose } from './impose.js';
import { UNKNOWN_BAN } from './measure.js';

const DAY_S = 86_400;
const DAY_MS = DAY_S * 1_000;
const BAN_RANK = 4;
/** Discord shows no more. */
const MAX_SUGGESTIONS = 25;

/** Why somebody is banned, kicked and so on. The last option of each such command: it takes the rest of the line. */
export const reasonOption = textOption({
  description: 'Why; it is shown in the log and told to the person',
  rest: true,
  maxLength: MAX_REASON_LENGTH,
});
const deleteDaysOption = integerOption({ description: 'Delete what they wrote in so many days', min: 0, max: 7 });

/** `$ban @bob 1 spam`: members and, by id, anybody else. */
export const banCommand = defineGuildCommand({
  name: 'ban',
  description: 'Bans somebody, also by id who is not here.',
  options: {
    user: userOption({ description: 'Whom: a mention or an id', required: true }),
    'delete-days': deleteDaysOption,
    reason: reasonOption,
  },
  rank: BAN_RANK,
  run: (ctx, guild, { user, 'delete-days': days = 0, reason }) =>
    impose(ctx, guild, { type: 'ban', target: user, reason, deleteMessageSeconds: days * DAY_S }),
});

/** `$tempban @bob 7d spam`. */
export const tempbanCommand = defineGuildCommand({
  name: 'tempban',
  description: 'Bans somebody for some time.',
  options: {
    user: userOption({ description: 'Whom: a mention or an id', required: true }),
    duration: durationOption({
      description: 'For how long: 12h, 7d, 4 weeks',
      required: true,
      minMs: 1_000,
      maxMs: 365 * DAY_MS,
    }),
    reason: reasonOption,
  },
  rank: BAN_RANK,
  run: (ctx, guild, { user, duration, reason }) =>
    impose(ctx, guild, { type: 'tempban', target: user, reason, durationMs: duration }),
});

/** `$unban 123456789012345678 appealed`. */
export const unbanCommand = defineGuildCommand({
  name: 'unban',
  description: 'Lifts a ban.',
  options: {
    user: textOption({
      description: 'Whom: their id, or a pick from the list',
      required: true,
      maxLength: 100,
      suggest: suggestBanned,
    }),
    reason: reasonOption,
  },
  rank: BAN_RANK,
  async run(ctx, guild, { user, reason }) {
    const target = await requireUser(ctx, user);
    const check = () => refuseUnlessBanned(ctx, guild, target);
    await impose(ctx, guild, { type: 'unban', target, reason, check });
  },
});

/** Also puts right what we believe, when somebody lifted the ban where we could not see it. */
async function refuseUnlessBanned({ services }: CommandContext, guild: Guild, target: User): Promise<Refusal | null> {
  try {
    await guild.bans.fetch({ user: target.id, force: true });
    return null;
  } catch (error) {
    if (describeDiscordFailure(error).code !== UNKNOWN_BAN) throw error;
    await services.database.cases.closeBans(guild.id, target.id);
    return refuse('moderation.not-banned', { name: escapeMarkdown(target.username) });
  }
}

/** @throws UserError for what names nobody. */
async function requireUser({ user }: CommandContext, text: string): Promise<User> {
  const id = /^(?:.*\()?(?:<@!?)?(\d{17,20})>?\)?$/.exec(text.trim())?.[1];
  const found = id === undefined ? null : await findUser(user.client, id);
  if (found !== null) return found;
  throw new UserError('TUX_USER_UNKNOWN', 'I know no such user.', { hint: 'Give me their id.' });
}

/** Those whom Tux banned, the latest first. Asking Discord for all bans at every letter would cost too much. */
async function suggestBanned({ services, guildId, typed }: Parameters<Suggest>[0]): Promise<string[]> {
  const guild = guildId === null ? undefined : services.guilds.get(guildId);
  if (!guild) return [];
  const { cases } = services.database;
  const [bans, tempbans] = await Promise.all([
    cases.list(guild.id, { type: 'ban', status: 'open' }, MAX_SUGGESTIONS),
    cases.list(guild.id, { type: 'tempban', status: 'open' }, MAX_SUGGESTIONS),
  ]);
  const newestFirst = [...bans, ...tempbans].sort((a, b) => b.number - a.number);
  const labels = newestFirst.map(({ userId }) => {
    const name = guild.client.users.cache.get(userId)?.username;
    return name === undefined ? userId : `${name} (${userId})`;
  });
  return labels.filter((label) => label.toLowerCase().includes(typed.toLowerCase()));
}
