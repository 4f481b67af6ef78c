import type {
  AutocompleteInteraction,
  ChatInputCommandInteraction,
  Message,
  MessageComponentInteraction,
} from 'discord.js';
import type { RawArguments } from './arguments.js';
import type { Invocation } from './command-context.js';
import type { Responder } from './responder.js';

/** A prefix command. @param path full name of the command. */
export function invocationOfMessage<R extends Responder>(
  message: Message,
  path: string,
  responder: R,
  isReplayed: boolean,
): Invocation<R> {
  const { id, author, guild, member, channelId, channel } = message;
  return { path, eventId: id, user: author, guild, member, channelId, channel, responder, isReplayed };
}

/** A slash command, a press, or somebody who types in an option. */
export function invocationOfInteraction<R extends Responder>(
  interaction: ChatInputCommandInteraction | AutocompleteInteraction | MessageComponentInteraction,
  path: string,
  responder: R,
  isReplayed: boolean,
): Invocation<R> {
  const { id, user, channelId, channel } = interaction;
  // A guild that we are not in (a user's own installation of the app) is treated like a direct message.
  const { guild, member } = interaction.inCachedGuild() ? interaction : { guild: null, member: null };
  return { path, eventId: id, user, guild, member, channelId: channelId ?? '', channel, responder, isReplayed };
}

/** The arguments of a slash command as text: what Discord sends typed is read by the same parsers as typed-in text. */
export function rawSlashArguments(interaction: ChatInputCommandInteraction): RawArguments {
  const given = interaction.options.data.flatMap((option) => option.options ?? [option]);
  return new Map(given.flatMap(({ name, value }) => (value === undefined ? [] : [[name, String(value)] as const])));
}
