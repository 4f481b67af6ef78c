import type { Logger } from '../../../shared/logging/logger.js';
import type { BotServices } from '../../framework/bot-services.js';
import { isForbidden, isGone } from '../../framework/discord-failure.js';
import { effectKeyOf } from '../../framework/effect-key.js';
import type { OutgoingMessage } from '../../framework/outgoing-message.js';
import { perRun } from '../../framework/per-run.js';
import { Batcher } from '../batcher.js';
import type { PollRecord } from './poll-record.js';
import { pollResult, renderPoll } from './poll-view.js';

/** Between two edits of the message of one poll: Discord allows about five edits in five seconds per channel. */
const EDIT_EVERY_MS = 1_500;
/** Brought up to date at a start; older polls are when somebody votes. */
const MAX_REFRESHED = 100;

/** Keeps the messages of polls in step with the votes in the database. */
class PollBoard {
  readonly #services: Pick<BotServices, 'database' | 'messenger' | 'clock'>;
  readonly #log: Logger;
  readonly #edits: Batcher<'changed'>;

  constructor({ database, messenger, clock, log }: Pick<BotServices, 'database' | 'messenger' | 'clock' | 'log'>) {
    this.#services = { database, messenger, clock };
    this.#log = log;
    this.#edits = new Batcher({
      clock,
      log,
      windowMs: EDIT_EVERY_MS,
      maxItems: 1,
      deliver: (pollId) => this.#refresh(Number(pollId)),
    });
  }

  /** Shows the new votes soon; a burst of votes becomes one edit. */
  showSoon(pollId: number): void {
    this.#edits.add(String(pollId), 'changed');
  }

  /** Edits messages until `signal` aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#edits.run(signal);
  }

  /** Shows again every open poll, whose last votes the run before may not have shown. @returns those polls. */
  async refreshAll(): Promise<readonly PollRecord[]> {
    const polls = await this.#services.database.polls.listOpen(MAX_REFRESHED);
    for (const { id } of polls) this.showSoon(id);
    return polls;
  }

  /** The message of a poll as it is now. */
  async render(poll: PollRecord): Promise<OutgoingMessage> {
    const votes = await this.#services.database.polls.tally(poll);
    return renderPoll({ ...poll, votes, isClosed: poll.closedAt !== null });
  }

  /**
   * Closes a poll whose time is over, and tells the result. May be called again.
   *
   * @throws when Discord or the database is away: then call it again.
   */
  async end(pollId: number): Promise<void> {
    const { database, clock } = this.#services;
    await database.polls.close(pollId, new Date(clock.now()));
    const poll = await database.polls.getById(pollId);
    if (poll !== null && !isClosedEarly(poll)) await this.#tellResult(poll);
  }

  /** Closes a poll that somebody wants closed, and tells the result. May be called again. @throws as {@link end}. */
  async endNow(pollId: number): Promise<void> {
    const { database, clock } = this.#services;
    await database.polls.close(pollId, new Date(clock.now()));
    const poll = await database.polls.getById(pollId);
    if (poll !== null) await this.#tellResult(poll);
  }

  async #tellResult(poll: PollRecord): Promise<void> {
    const { database, messenger } = this.#services;
    const { guildId, channelId, messageId } = poll;
    if (!(await this.#show(poll)) || messageId === null) return;
    const votes = await database.polls.tally(poll);
    const link = `https://discord.com/channels/${guildId}/${channelId}/${messageId}`;
    // A poll has one result: the key follows from its message, whoever asks for it how often.
    await messenger.send(
      channelId,
      { content: `${pollResult({ ...poll, votes })}\n${link}` },
      effectKeyOf(messageId, 0),
    );
  }

  async #refresh(pollId: number): Promise<void> {
    const poll = await this.#services.database.polls.getById(pollId);
    if (poll !== null) await this.#show(poll);
  }

  /** @returns whether people see it now. A poll whose message is gone is forgotten. */
  async #show(poll: PollRecord): Promise<boolean> {
    const { database, messenger } = this.#services;
    if (poll.messageId === null) return false;
    try {
      await messenger.edit(poll.channelId, poll.messageId, await this.render(poll));
      return true;
    } catch (err) {
      if (isGone(err)) {
        await database.polls.remove(poll.id);
        this.#log.info({ event: 'poll:dropped', poll: poll.id }, '⚠️ a poll was dropped: its message is gone');
        return false;
      }
      if (!isForbidden(err)) throw err;
      this.#log.warn({ event: 'poll:hidden', err, poll: poll.id }, '⚠️ a poll cannot be shown: Discord does not let me');
      return false;
    }
  }
}

/** Somebody was faster than the clock, and told the result. */
function isClosedEarly({ closedAt, endsAt }: PollRecord): boolean {
  return closedAt !== null && endsAt !== null && closedAt < endsAt;
}

/** The polls of this run of the bot. */
export const pollBoardOf = perRun((services) => new PollBoard(services));
