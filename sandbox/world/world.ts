import type { APIDMChannel, APIGuild, APIGuildMember, APITextChannel } from 'discord-api-types/v10';
import type { Clock } from '../../shared/clock.js';
import { unknown } from '../discord-error.js';
import { SnowflakeSource } from '../snowflake.js';
import { Commands } from './commands.js';
import { Emojis } from './emojis.js';
import { Members } from './members.js';
import { Messages } from './messages.js';
import { directChannelPayload, guildPayload, memberPayload, textChannelPayload, userPayload } from './payloads.js';
import { Reactions } from './reactions.js';
import type { ChannelRecord, GuildRecord, OverwriteRecord, UserRecord, WorldState } from './records.js';
import { Roles } from './roles.js';
import { ScheduledEvents } from './scheduled-events.js';
import { seedWorld, textChannel } from './seed.js';
import type { GatewayNews, Sighting, WorldListeners } from './world-events.js';

/** The world of the sandbox: who is there, what was said, which commands are registered. It knows nothing of HTTP or sockets. */
export class World {
  readonly snowflakes: SnowflakeSource;
  readonly clock: Clock;
  readonly messages: Messages;
  readonly reactions: Reactions;
  readonly members: Members;
  readonly roles: Roles;
  readonly scheduledEvents: ScheduledEvents;
  readonly commands: Commands;
  readonly emojis: Emojis;
  readonly #listeners: WorldListeners;
  #state: WorldState;
  #onChange: () => void = () => {};

  constructor(clock: Clock, listeners: WorldListeners) {
    this.clock = clock;
    this.snowflakes = new SnowflakeSource(clock);
    this.#listeners = listeners;
    this.#state = seedWorld(new Date(clock.now()));
    this.messages = new Messages(this);
    this.reactions = new Reactions(this);
    this.members = new Members(this);
    this.roles = new Roles(this);
    this.scheduledEvents = new ScheduledEvents(this);
    this.commands = new Commands(this);
    this.emojis = new Emojis(this);
  }

  get state(): WorldState {
    return this.#state;
  }

  /** Puts a stored world in place of the seed. */
  restore(state: WorldState): void {
    this.#state = state;
    for (const channel of Object.values(state.messages)) {
      const newest = channel.at(-1);
      if (newest) this.snowflakes.advancePast(newest.id);
    }
    this.messages.restored();
  }

  /** Calls `listener` after each change, before the change is announced. One listener: the file that keeps the world. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  /** Marks the world as changed and, where given, announces the change to the bot and to who watches. */
  changed(news?: GatewayNews, sighting?: Sighting): void {
    this.#onChange();
    if (news) this.#listeners.onNews(news);
    if (sighting) this.#listeners.onSighting(sighting);
  }

  nowIso(): string {
    return new Date(this.clock.now()).toISOString();
  }

  /** @throws DiscordError 10013 */
  user(id: string): UserRecord {
    const user = this.state.users[id];
    if (!user) throw unknown.user();
    return user;
  }

  /** @throws DiscordError 10004 */
  guild(id: string): GuildRecord {
    const guild = this.state.guilds[id];
    if (!guild) throw unknown.guild();
    return guild;
  }

  guilds(): GuildRecord[] {
    return Object.values(this.state.guilds);
  }

  /** @throws DiscordError 10003 */
  channel(id: string): ChannelRecord {
    const channel = this.state.channels[id];
    if (!channel) throw unknown.channel();
    return channel;
  }

  channelsOf(guildId: string): ChannelRecord[] {
    return Object.values(this.state.channels).filter((channel) => channel.guildId === guildId);
  }

  /** The direct conversation of `userId` with the bot; made on first use. */
  directChannel(userId: string): ChannelRecord {
    const recipient = this.user(userId);
    const existing = Object.values(this.state.channels).find((channel) => channel.recipientId === userId);
    if (existing) return existing;
    const id = this.snowflakes.next();
    const channel = { ...textChannel(id, '', recipient.name), guildId: null, recipientId: userId };
    this.state.channels[id] = channel;
    this.changed();
    return channel;
  }

  /** Changes the topic or the slow mode of a guild's channel. */
  editChannel(id: string, change: Partial<Pick<ChannelRecord, 'name' | 'topic' | 'slowmodeSeconds'>>): ChannelRecord {
    const channel = Object.assign(this.channel(id), change);
    this.changed({ t: 'CHANNEL_UPDATE', d: this.channelPayload(channel), isDirect: false });
    return channel;
  }

  /** Sets what a role or a member may do in a channel; null: what they may everywhere. */
  setOverwrite(channelId: string, targetId: string, overwrite: Omit<OverwriteRecord, 'id'> | null): void {
    const channel = this.channel(channelId);
    const others = channel.overwrites.filter(({ id }) => id !== targetId);
    channel.overwrites = overwrite === null ? others : [...others, { id: targetId, ...overwrite }];
    this.changed({ t: 'CHANNEL_UPDATE', d: this.channelPayload(channel), isDirect: false });
  }

  /** From now on the person takes direct messages from the bot, or does not. */
  setBlocksBot(userId: string, blocksBot: boolean): void {
    this.user(userId).blocksBot = blocksBot;
    this.changed();
  }

  channelPayload(channel: ChannelRecord): APITextChannel | APIDMChannel {
    if (channel.guildId !== null) return textChannelPayload(channel, channel.guildId);
    return directChannelPayload(channel, this.user(channel.recipientId ?? ''));
  }

  guildWithChannels(guild: GuildRecord): APIGuild & { channels: object[] } {
    return {
      ...guildPayload(guild),
      channels: this.channelsOf(guild.id).map((channel) => textChannelPayload(channel, guild.id)),
    };
  }

  memberWithUser(guild: GuildRecord, userId: string): APIGuildMember {
    return { ...memberPayload(this.members.get(guild.id, userId)), user: userPayload(this.user(userId)) };
  }
}
