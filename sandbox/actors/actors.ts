import { ComponentType, InteractionType, PermissionFlagsBits } from 'discord-api-types/v10';
import type { Gateway } from '../gateway/gateway.js';
import { SANDBOX_IDS } from '../ids.js';
import type { Interaction, Interactions, NewInteraction } from '../interactions/interactions.js';
import { messagePayload } from '../world/message-payload.js';
import { isEphemeral } from '../world/messages.js';
import { memberPayload, userPayload } from '../world/payloads.js';
import { channelPermissionsOf, permissionsOf } from '../world/permissions.js';
import type { ChannelRecord, MessageRecord, UserRecord } from '../world/records.js';
import type { World } from '../world/world.js';
import { actorError } from './actor-error.js';
import { commandData, type Focus, partialCommandData } from './command-lookup.js';
import { newestWithComponent, usableComponent } from './components.js';
import { enter, findChannel, findUser } from './places.js';
import { typedMentions } from './typed-mentions.js';

/** Who acts, and where. */
export interface Acting {
  /** Name or id; default `owner`. */
  readonly as?: string | undefined;
  /** Name or id, or `dm`; default `general`. */
  readonly channel?: string | undefined;
}

/** The people of the sandbox. All methods throw TuxError TUX_SANDBOX_ACTOR for what cannot be done. */
export class Actors {
  readonly #world: World;
  readonly #interactions: Interactions;
  readonly #gateway: Gateway;

  constructor(world: World, interactions: Interactions, gateway: Gateway) {
    this.#world = world;
    this.#interactions = interactions;
    this.#gateway = gateway;
  }

  /** Writes a message, in which `@alice` and `#general` are mentions; `replyTo` is the id of a message it answers. */
  say({ text, replyTo, ...acting }: Acting & { text: string; replyTo?: string | undefined }): MessageRecord {
    const { user, channel } = this.#enter(acting);
    if (!this.#mayWrite(user, channel)) throw actorError(`${user.name} may not write in ${channel.name}`);
    const reply =
      replyTo === undefined ? {} : { type: 19, repliesTo: this.#world.messages.get(channel.id, replyTo).id };
    const content = typedMentions(this.#world, channel, text);
    return this.#world.messages.create({ channelId: channel.id, authorId: user.id, content, ...reply });
  }

  /** Changes a message of one's own; `messageId`: default the newest in the channel. */
  edit({ text, messageId, ...acting }: Acting & { text: string; messageId?: string | undefined }): MessageRecord {
    const { user, channel } = this.#enter(acting);
    const message = this.#message(channel, messageId, user);
    if (message.authorId !== user.id) throw actorError(`${user.name} did not write message ${message.id}`);
    return this.#world.messages.edit(message, { content: typedMentions(this.#world, channel, text) });
  }

  /** Deletes a message of one's own, or anybody's with Manage Messages; `messageId`: default one's newest in the channel. */
  delete({ messageId, ...acting }: Acting & { messageId?: string | undefined }): MessageRecord {
    const { user, channel } = this.#enter(acting);
    const message = this.#message(channel, messageId, user);
    if (message.authorId !== user.id && !this.#mayManageMessages(user, channel)) {
      throw actorError(`${user.name} may not delete message ${message.id}`);
    }
    this.#world.messages.delete(message);
    return message;
  }

  /** Comes into the sandbox's guild, as with an invitation. */
  join({ as }: Pick<Acting, 'as'>): UserRecord {
    const user = findUser(this.#world, as ?? 'owner');
    const guild = this.#world.guild(SANDBOX_IDS.guild);
    if (user.id in guild.members) throw actorError(`${user.name} is a member of ${guild.name} already`);
    if (user.id in guild.bans) throw actorError(`${user.name} is banned from ${guild.name}`);
    this.#world.members.join(guild.id, user.id);
    return user;
  }

  /** Leaves the sandbox's guild; its owner cannot. */
  leave({ as }: Pick<Acting, 'as'>): UserRecord {
    const user = findUser(this.#world, as ?? 'owner');
    const guild = this.#world.guild(SANDBOX_IDS.guild);
    if (!(user.id in guild.members)) throw actorError(`${user.name} is not a member of ${guild.name}`);
    if (user.id === guild.ownerId) throw actorError(`${user.name} owns ${guild.name} and cannot leave it`);
    this.#world.members.remove(guild.id, user.id);
    return user;
  }

  /** Uses a slash command that the bot has registered. `command` is its path: `['admin', 'restart']`. */
  slash({
    command,
    options = {},
    ...acting
  }: Acting & { command: readonly string[]; options?: Readonly<Record<string, string>> | undefined }): Interaction {
    const { user, channel } = this.#enter(acting);
    const data = commandData({ world: this.#world, channel, userId: user.id }, command, options);
    return this.#interact(
      { type: InteractionType.ApplicationCommand, commandName: data.name, sourceMessageId: null },
      user,
      channel,
      { data },
    );
  }

  /** Types in an option and has Discord ask for suggestions; `options` are the others, as far as they are filled in. */
  suggest({
    command,
    option,
    typed,
    options = {},
    ...acting
  }: Acting &
    Focus & {
      command: readonly string[];
      options?: Readonly<Record<string, string>> | undefined;
    }): Interaction {
    const { user, channel } = this.#enter(acting);
    const place = { world: this.#world, channel, userId: user.id };
    const data = partialCommandData(place, command, options, { option, typed });
    return this.#interact(
      { type: InteractionType.ApplicationCommandAutocomplete, commandName: data.name, sourceMessageId: null },
      user,
      channel,
      { data },
    );
  }

  /** Presses a button, or picks `values` from a menu, by label or custom id; by default on the newest message that has it. */
  click({
    button,
    messageId,
    values,
    ...acting
  }: Acting & {
    button: string;
    messageId?: string | undefined;
    values?: readonly string[] | undefined;
  }): Interaction {
    const { user, channel } = this.#enter(acting);
    const messages = this.#world.messages.list(channel.id);
    const message =
      messageId === undefined
        ? newestWithComponent(messages, button, user.id)
        : messages.find((candidate) => candidate.id === messageId);
    if (!message) throw actorError(`There is no message with a button '${button}' in ${channel.name}`);
    const { type, customId, values: known } = usableComponent(message, button);
    const stray = type === ComponentType.StringSelect && values?.find((value) => !known.includes(value));
    if (stray) throw actorError(`'${stray}' is not in the menu`, `use ${known.join(', ')}`);
    return this.#interact(
      { type: InteractionType.MessageComponent, commandName: '', sourceMessageId: message.id },
      user,
      channel,
      {
        data: {
          component_type: type,
          custom_id: customId,
          ...(type !== ComponentType.Button && { values: values ?? [] }),
        },
        message: messagePayload(this.#world, message),
      },
    );
  }

  #enter(acting: Acting): { user: UserRecord; channel: ChannelRecord } {
    if (!this.#gateway.isBotReachable)
      throw actorError('The bot is not connected to the sandbox', 'wait a moment, or start it');
    const user = findUser(this.#world, acting.as ?? 'owner');
    const channel = findChannel(this.#world, acting.channel ?? 'general', user);
    enter(this.#world, user, channel);
    return { user, channel };
  }

  /** The message with that id, or the newest of `user`. */
  #message(channel: ChannelRecord, messageId: string | undefined, user: UserRecord): MessageRecord {
    const messages = this.#world.messages.list(channel.id).filter((message) => !isEphemeral(message));
    const isMeant = ({ id, authorId }: MessageRecord) =>
      messageId === undefined ? authorId === user.id : id === messageId;
    const message = messages.findLast(isMeant);
    if (message) return message;
    throw actorError(
      messageId === undefined
        ? `${user.name} has written nothing in ${channel.name}`
        : `There is no message ${messageId} in ${channel.name}`,
    );
  }

  #mayManageMessages(user: UserRecord, { guildId }: ChannelRecord): boolean {
    if (guildId === null) return false;
    const permissions = permissionsOf(this.#world.guild(guildId), user.id, this.#world.clock.now());
    return (BigInt(permissions) & PermissionFlagsBits.ManageMessages) !== 0n;
  }

  #mayWrite(user: UserRecord, channel: ChannelRecord): boolean {
    if (channel.guildId === null) return true;
    const bits = channelPermissionsOf(this.#world.guild(channel.guildId), channel, user.id, this.#world.clock.now());
    return (bits & PermissionFlagsBits.SendMessages) !== 0n;
  }

  #interact(
    details: Pick<NewInteraction, 'type' | 'commandName' | 'sourceMessageId'>,
    user: UserRecord,
    channel: ChannelRecord,
    payload: object,
  ): Interaction {
    const interaction = this.#interactions.start({ ...details, userId: user.id, channelId: channel.id });
    const d = {
      id: interaction.id,
      application_id: SANDBOX_IDS.application,
      token: interaction.token,
      version: 1,
      type: interaction.type,
      channel_id: channel.id,
      channel: this.#world.channelPayload(channel),
      locale: 'en-US',
      entitlements: [],
      attachment_size_limit: 10 * 1024 * 1024,
      ...this.#whereAndWho(user, channel),
      ...payload,
    };
    this.#gateway.broadcast({ t: 'INTERACTION_CREATE', d, isDirect: channel.guildId === null });
    return interaction;
  }

  #whereAndWho(user: UserRecord, channel: ChannelRecord): object {
    const now = this.#world.clock.now();
    if (channel.guildId === null) {
      return { user: userPayload(user), app_permissions: '0', context: 1, authorizing_integration_owners: { 0: '0' } };
    }
    const guild = this.#world.guild(channel.guildId);
    const permissions = permissionsOf(guild, user.id, now);
    const member = memberPayload(this.#world.members.get(guild.id, user.id));
    return {
      guild_id: guild.id,
      guild_locale: 'en-US',
      member: { ...member, user: userPayload(user), permissions },
      app_permissions: permissionsOf(guild, SANDBOX_IDS.bot, now),
      context: 0,
      authorizing_integration_owners: { 0: guild.id },
    };
  }
}
