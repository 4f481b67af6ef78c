import type { Guild, GuildMember, TextBasedChannel, User } from 'discord.js';
import { TuxError } from '../../shared/errors.js';
import type { Logger } from '../../shared/logging/logger.js';
import { type Actor, describeActor } from './actor.js';
import type { BotServices } from './bot-services.js';
import { effectKeyOf } from './effect-key.js';
import type { Reply, SentMessage } from './outgoing-message.js';
import type { Refusal } from './precondition.js';
import type { Responder } from './responder.js';

/** What the dispatcher knows about an event that sets something off. */
export interface Invocation<R extends Responder = Responder> {
  /** What runs: `admin restart`, or `queue.refresh` for a button. */
  readonly path: string;
  /** Snowflake of the message or interaction. */
  readonly eventId: string;
  readonly user: User;
  readonly guild: Guild | null;
  readonly member: GuildMember | null;
  readonly channelId: string;
  readonly channel: TextBasedChannel | null;
  readonly responder: R;
  /** See {@link CommandContext.isReplayed}. */
  readonly isReplayed: boolean;
}

/** What a command is given to work with; the same for both of its forms. */
export class CommandContext {
  readonly path: string;
  readonly eventId: string;
  readonly user: User;
  /** Null in a direct message. */
  readonly guild: Guild | null;
  readonly member: GuildMember | null;
  readonly channelId: string;
  /** Null when Discord did not tell us about that channel. */
  readonly channel: TextBasedChannel | null;
  /**
   * The event came before this run of the bot: an earlier worker may have dealt with it in part, up to any point, and was cut
   * off. What has a key needs not look at this; it is for what cannot have one.
   */
  readonly isReplayed: boolean;
  readonly actor: Actor;
  readonly services: BotServices;
  /** Aborts when the bot shuts down and the time for running commands is up. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly #responder: Responder;
  #isRefused = false;

  constructor(invocation: Invocation, services: BotServices, signal: AbortSignal) {
    const { path, eventId, user, guild, member, channelId, channel, responder, isReplayed } = invocation;
    this.path = path;
    this.eventId = eventId;
    this.user = user;
    this.guild = guild;
    this.member = member;
    this.channelId = channelId;
    this.channel = channel;
    this.isReplayed = isReplayed;
    this.actor = describeActor(user, guild, member);
    this.services = services;
    this.signal = signal;
    this.log = services.log.child({ command: path, eventId, userId: user.id, guildId: guild?.id });
    this.#responder = responder;
  }

  /**
   * Answers. May be called several times; nobody is notified unless `mentionUserIds` names them.
   *
   * @throws TuxError TUX_LEFT_TO_NEXT once the next worker does it all again, with a whole bot around it: the answer is its to give.
   */
  async reply(reply: Reply | string): Promise<SentMessage> {
    if (this.services.gateway.isLeftToNext) {
      throw new TuxError('TUX_LEFT_TO_NEXT', `'${this.path}' is answered by the next worker`);
    }
    return this.#responder.reply(typeof reply === 'string' ? { content: reply } : reply);
  }

  /** Says politely why not, and logs it. */
  async refuse(refusal: Refusal): Promise<void> {
    const { id, details } = refusal;
    this.#isRefused = true;
    this.log.info({ event: 'command:refused', refusal: id, details }, `⚠️ ${this.path} refused: ${id}`);
    await this.reply({ content: refusal.message, ephemeral: true });
  }

  /** Whether {@link refuse} was called. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /**
   * Announces that the answer takes a while. The dispatcher does it by itself after two seconds. Does nothing once the next worker
   * does it all again.
   */
  async defer(): Promise<void> {
    if (!this.services.gateway.isLeftToNext) await this.#responder.defer();
  }

  /**
   * The key of this event's n-th effect outside its replies, at most 25 characters: pass it as `nonce`, as `dedupeKey` or
   * `event_key`, and the effect happens once even if the event is handled again.
   */
  effectKey(index: number): string {
    return effectKeyOf(this.eventId, index);
  }
}
