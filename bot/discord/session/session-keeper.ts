import type { Client } from 'discord.js';
import type { Clock } from '../../../shared/clock.js';
import type { FreshSessionReason } from '../../../shared/ipc-protocol.js';
import type { Logger } from '../../../shared/logging/logger.js';
import type { Paths } from '../../../shared/paths.js';
import { type AnswerNote, nothingNoted } from '../../framework/answer-note.js';
import type { ListenerGroup } from '../../framework/event-source.js';
import type { EventTracker } from '../client-relay.js';
import { CacheSnapshot, type LoadedSnapshot } from './cache-snapshot.js';
import { ContinuityAccount, type ContinuityAccountOptions } from './continuity-account.js';
import { internalsProblem, type Packet, type PacketObserver } from './discord-internals.js';
import { EventGate } from './event-gate.js';
import { EventProgress } from './event-progress.js';
import { MarkKeeper } from './mark-keeper.js';
import { Replay } from './replay.js';
import { eventToGiveUp, whyNotOurs, whyNotResume } from './resume-policy.js';
import type { StoredMark } from './session-mark.js';
import type { SessionRecord } from './session-record.js';
import { SessionStore } from './session-store.js';
import { type ReadSnapshot, readSnapshot, stampOf } from './snapshot-reader.js';
import { ALL_DONE } from './work-groups.js';

/** READY is the first event of a session. */
const READY_SEQUENCE = 1;

export interface SessionKeeperOptions extends ContinuityAccountOptions {
  readonly paths: Pick<Paths, 'gatewaySession' | 'gatewayMark' | 'gatewayCache'>;
  readonly runId: string;
  readonly token: string;
  /** REST endpoint other than Discord's. */
  readonly apiUrl: string | undefined;
  readonly intents: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** What in the installed discord.js is not as it has to be; {@link internalsProblem} unless told. */
  readonly internals?: () => string | null;
}

/** A session that can be asked for, and the caches that belong to it. */
export interface ResumePlan {
  readonly record: SessionRecord;
  /** The last event that needs no repetition. */
  readonly sequence: number;
  readonly snapshot: LoadedSnapshot;
}

/**
 * Keeps the gateway session over the end of the process: which one it is (`gateway-session.json`), how far its events have been
 * dealt with (`gateway-session.mark`), and what Discord told about the guilds (`gateway-cache.jsonl`). A worker that finds them
 * goes on where the one before ended; whatever is in doubt, it begins a new session.
 */
export class SessionKeeper implements EventTracker, PacketObserver {
  readonly #options: SessionKeeperOptions;
  readonly #store: SessionStore;
  readonly #snapshot: CacheSnapshot;
  readonly #continuity: ContinuityAccount;
  readonly #gate = new EventGate(throwLater);
  #mark: MarkKeeper | null = null;
  #progress: EventProgress | null = null;
  #isUsable = true;
  readonly #replay = new Replay();
  #isHolding = false;
  /** What the worker before did; null after an IDENTIFY. */
  #earlier: StoredMark | null = null;

  constructor(options: SessionKeeperOptions) {
    const { paths, clock, log } = options;
    this.#options = options;
    this.#continuity = new ContinuityAccount(options);
    this.#snapshot = new CacheSnapshot({ path: paths.gatewayCache, clock, log });
    this.#store = new SessionStore({ ...options, path: paths.gatewaySession });
  }

  /** Whether Discord is repeating events that the worker before may have begun to deal with. */
  get isReplaying(): boolean {
    return this.#replay.isGoingOn;
  }

  /** Resolves when it is no longer so: who listens has been told of all of them. */
  whenReplayed(): Promise<void> {
    return this.#replay.whenOver();
  }

  /** Whether the worker before had begun with the event that is being told. */
  get isBegun(): boolean {
    const current = this.#progress?.current ?? null;
    return current !== null && current <= (this.#earlier?.begun ?? 0);
  }

  /** Of the interaction that is being told. */
  get answerNote(): AnswerNote {
    const progress = this.#progress;
    const current = progress?.current ?? null;
    if (progress === null || current === null) return nothingNoted;
    return { isBegun: progress.isAnswerBegun(current), begin: () => progress.beginAnswer(current) };
  }

  /**
   * Whether a session can outlive this process. Where it cannot, nothing of discord.js may be touched that is not public. Until
   * {@link plan} has looked it is so: the session of the worker before is not to be thrown away by a shutdown that comes sooner.
   */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /**
   * What {@link plan} would find about now, and nothing of it touched: the worker that serves writes these files. For a standby; null
   * when there is nothing of use.
   *
   * @throws the reason of `signal`.
   */
  async peek(signal?: AbortSignal): Promise<ReadSnapshot | null> {
    const { paths, internals = internalsProblem } = this.#options;
    const record = internals() === null ? await this.#store.peek() : null;
    if (record === null || whyNotOurs(record, this.#store.identity) !== null) return null;
    const found = await readSnapshot(paths.gatewayCache, 0, signal);
    return 'problem' in found ? null : found;
  }

  /** See {@link stampOf}. */
  stampSnapshot(): string | null {
    return stampOf(this.#options.paths.gatewayCache);
  }

  /** The session of the worker before, if it can go on; else why not. To be called while `bot.lock` is held. */
  async plan(): Promise<ResumePlan | FreshSessionReason> {
    const { clock, log, internals = internalsProblem } = this.#options;
    const problem = internals();
    if (problem !== null) {
      this.#isUsable = false;
      log.warn({ event: 'session:internals', problem }, `⚠️ This discord.js cannot resume after a restart: ${problem}`);
      return 'internals';
    }
    const mark = this.#openMark();
    this.#isUsable = mark !== null;
    const record = await this.#store.load();
    if (typeof record === 'string') return record;
    const stored = mark?.read(record.sessionId) ?? null;
    const reason = whyNotResume({ record, mark: stored, present: this.#store.identity, now: clock.now() });
    if (reason !== null || stored === null) return reason ?? 'no-session';
    const snapshot = await this.#snapshot.load(record.sessionId, stored.cacheBytes);
    if ('problem' in snapshot) {
      log.warn(
        { event: 'session:snapshot', problem: snapshot.problem },
        `⚠️ No use of the snapshot: ${snapshot.problem}`,
      );
      return snapshot.reason;
    }
    this.#earlier = stored;
    // With a snapshot, READY is done, even if its writer died before that was noted. Repeated, it would make a client wait for guilds.
    return { record, sequence: Math.max(stored.mark, READY_SEQUENCE), snapshot };
  }

  /** Until {@link letGo}, what arrives waits: the connection may be there before the rest of the bot is. */
  holdBack(): void {
    this.#gate.clear(); // of a client that failed
    this.#gate.shut();
  }

  letGo(): void {
    this.#gate.open();
  }

  /** What arrives from now until RESUMED is repeated by Discord. */
  beginReplay({ record, sequence }: ResumePlan): void {
    const earlier = this.#earlier;
    if (earlier === null) return;
    const noted = new Map(earlier.noted);
    const givenUp = eventToGiveUp(earlier);
    if (givenUp !== null) {
      noted.set(givenUp, ALL_DONE);
      const text = '❌ An event is given up: worker after worker died with it';
      this.#options.log.error({ event: 'session:event-given-up', seq: givenUp }, text);
    }
    this.#mark?.resume(record.sessionId, earlier);
    const { answersUnknownUpTo } = earlier;
    this.#progress = new EventProgress(this.#mark ?? ignore, { mark: sequence, noted, answersUnknownUpTo });
    if (this.#isHolding) this.#progress.hold();
    this.#replay.begin();
    this.#continuity.begin('resumed', null);
  }

  /** There is no session to go on with, or Discord refused it: a new one follows. */
  noteFresh(reason: FreshSessionReason): void {
    this.#gate.clear();
    this.#replay.end();
    this.#earlier = null;
    this.#progress = null;
    this.#continuity.begin('identified', reason);
    if (!this.#isUsable) this.#store.forget(); // the one that is there would be older than what this run deals with
  }

  /** The client knows its guilds: from now on the snapshot is written. Until it is, no event of a new session is done. */
  noteReady(client: Client<true>): void {
    // Where READY itself is not seen there is nothing to keep.
    if (this.#isUsable) void this.#snapshot.begin(client);
    else this.#continuity.tell();
  }

  /** The connection is alive. */
  noteAlive(): void {
    this.#mark?.noteAlive();
  }

  /** From now on events are left to the next worker. */
  hold(): void {
    this.#isHolding = true;
    this.#progress?.hold();
  }

  /**
   * Writes what is not in the files yet.
   *
   * @param keep whether the next worker is to go on with the session.
   * @param isOrderly see {@link MarkKeeper.close}.
   */
  async close(keep: boolean, isOrderly: boolean): Promise<void> {
    await this.#snapshot.close();
    this.#mark?.close(isOrderly);
    await this.#store.close(keep);
  }

  received(packet: Packet): void {
    if (packet.t === 'READY') this.#open(packet.d as ReadyData);
    this.#progress?.receive(packet.s);
  }

  handling(packet: Packet, run: () => void): void {
    this.#gate.pass(() => this.#handle(packet, run));
  }

  #handle(packet: Packet, run: () => void): void {
    // One that the worker before has seen, and that is repeated with the rest, does not count.
    if (packet.t === 'RESUMED' && this.#replay.isGoingOn && packet.s > (this.#earlier?.begun ?? 0)) {
      this.#replay.end(); // Discord has repeated everything
      this.#continuity.tell();
    }
    if (this.#replay.isGoingOn) this.#countReplayed(packet.s);
    const progress = this.#progress;
    if (!progress) {
      run();
      return;
    }
    progress.handle(packet.s, () => {
      const isCacheWanted = progress.isWanted('cache');
      run();
      const written = this.#snapshot.note(packet);
      if (written && isCacheWanted) progress.track('cache', written);
    });
  }

  isWanted(group: ListenerGroup): boolean {
    return this.#progress?.isWanted(group) ?? !this.#isHolding;
  }

  track(group: ListenerGroup, work: Promise<unknown>): void {
    this.#progress?.track(group, work);
  }

  /** A new session has begun. */
  #open({ session_id: sessionId, resume_gateway_url: resumeUrl, application }: ReadyData): void {
    const isAnother = this.#progress !== null; // Discord took the one before away while it was in use
    this.#earlier = null;
    this.#mark?.begin(sessionId);
    this.#progress = new EventProgress(this.#mark ?? ignore);
    if (this.#isHolding) this.#progress.hold();
    if (isAnother) this.#continuity.begin('identified', 'refused');
    this.#store.note({ sessionId, resumeUrl, applicationId: application.id });
    this.#continuity.tell();
  }

  #countReplayed(seq: number): void {
    const earlier = this.#earlier;
    if (!earlier) return;
    this.#continuity.count({ isDone: earlier.noted.get(seq) === ALL_DONE, handledAt: earlier.handledAt });
  }

  #openMark(): MarkKeeper | null {
    const { paths, clock, log } = this.#options;
    this.#mark ??= MarkKeeper.open(paths.gatewayMark, { clock, log, cacheBytes: () => this.#snapshot.size });
    return this.#mark;
  }
}

/** The part of READY that is needed here. */
interface ReadyData {
  readonly session_id: string;
  readonly resume_gateway_url: string;
  readonly application: { readonly id: string };
}

/** What a listener throws ends the process, as it does for events that did not wait. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** Without a file to write to; there is no resuming then. */
const ignore = { noteMark: () => {}, noteEvent: () => {} };
