import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Client, version as library } from 'discord.js';
import { archiveBroken, removeLeftoverTemporaries } from '../../../shared/atomic-file.js';
import type { Clock } from '../../../shared/clock.js';
import { describeError } from '../../../shared/errors.js';
import type { Logger } from '../../../shared/logging/logger.js';
import { guildShape } from './api-shape/guild.js';
import { applicationShape, ownUserShape } from './api-shape/user.js';
import { currentSession, type Packet } from './discord-internals.js';
import { PendingChanges } from './pending-changes.js';
import { changeOf } from './snapshot-changes.js';
import { SnapshotFile, SnapshotTooLargeError } from './snapshot-file.js';
import { END_OF_WHOLE, encodeLine, HEADER, SELF } from './snapshot-lines.js';
import {
  type LoadedSnapshot,
  type ReadSnapshot,
  readSnapshot,
  SNAPSHOT_KIND,
  SNAPSHOT_VERSION,
  type SnapshotHeader,
  type SnapshotProblem,
} from './snapshot-reader.js';

export type { LoadedSnapshot, SnapshotProblem } from './snapshot-reader.js';

const MIB = 1024 * 1024;
/** Reading more than this takes longer than it is worth. */
const MAX_BYTES = 64 * MIB;
/** Changes wait this long for others of the same moment. */
const DEBOUNCE_MS = 200;
/** Preparing lines takes at most one part in so many of the time. */
const MIN_REST = 50;
/** Preparing lines gives the event loop a turn after this long. */
const SLICE_MS = 8;
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

export interface CacheSnapshotOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Bytes of guilds above which there is no snapshot. Default 64 MiB. */
  readonly maxBytes?: number;
}

type FoundFile = Pick<ReadSnapshot, 'sessionId' | 'size' | 'fileSize' | 'liveSizes' | 'liveBytes'>;

/**
 * What Discord tells after an IDENTIFY only, in a file: who we are, and every guild as it is now. A worker that resumes the
 * session fills its caches with it. One JSON line for each guild; a later line of a guild replaces an earlier one, and the
 * file is written anew when most of it is out of date.
 *
 * The disk never disturbs the handling of events: what cannot be written is tried again, and whoever waits for it waits.
 */
export class CacheSnapshot {
  readonly #options: CacheSnapshotOptions;
  readonly #file: SnapshotFile;
  readonly #closing = new AbortController();
  #loaded: FoundFile | null = null;
  /** The session that the file is of. */
  #sessionId: string | null = null;
  #client: Client<true> | null = null;
  #ownId: string | null = null;
  /** The highest number of an event that the caches contain. */
  #s = 0;
  #pending = new PendingChanges();
  /** The file is to be written anew. */
  #isStale = true;
  /** Bytes of each line that counts, by what it is about. */
  #sizes = new Map<string, number>();
  #liveBytes = 0;
  #restMs = 0;
  #failures = 0;
  #isTooLarge = false;
  #problem: string | null = null;
  #running: Promise<void> | null = null;

  constructor(options: CacheSnapshotOptions) {
    this.#options = options;
    this.#file = new SnapshotFile(options.path);
  }

  /** Why the file is not up to date, for people; null when it is, or soon will be. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Bytes that are in the file. */
  get size(): number {
    return this.#file.size;
  }

  /**
   * The snapshot of this session, or why there is none. A damaged file is kept as `NAME.broken.TIMESTAMP`. Every call reads
   * anew, since another process may be writing on it.
   *
   * @param leastBytes what the file is known to have had: with fewer, changes are missing.
   */
  async load(sessionId: string, leastBytes = 0): Promise<LoadedSnapshot | SnapshotProblem> {
    const { path, clock } = this.#options;
    removeLeftoverTemporaries(path);
    const found = await readSnapshot(path, leastBytes);
    this.#loaded = null;
    if ('problem' in found) {
      if (found.reason !== 'snapshot-damaged') return found;
      const archive = await archiveBroken(path, new Date(clock.now())).catch(() => null);
      return archive === null ? found : { ...found, problem: `${found.problem}; it is kept as ${archive}` };
    }
    if (found.sessionId !== sessionId) return { reason: 'snapshot-missing', problem: 'it is of another session' };
    const { size, fileSize, liveSizes, liveBytes, ready, guilds } = found;
    this.#loaded = { sessionId, size, fileSize, liveSizes, liveBytes };
    this.#ownId = ready.user.id;
    return { sessionId, ready, guilds };
  }

  /**
   * Writes what the client knows, a little at a time, and from then on what changes. Goes on with the file that {@link load}
   * found if that is of the session of the client and nobody has touched it since. Resolves when the file is complete, which
   * a disk that is full can delay; never rejects.
   */
  async begin(client: Client<true>): Promise<void> {
    const sessionId = currentSession(client)?.sessionId ?? null;
    const loaded = this.#loaded;
    this.#loaded = null;
    if (loaded && loaded.sessionId === sessionId) await this.#goOnWith(loaded);
    if (this.#sessionId !== sessionId) this.#isStale = true;
    this.#ownId = client.user.id;
    this.#client = client;
    if (this.#isTooLarge) return;
    const written = this.#pending.wait();
    this.#restMs = 0;
    this.#run();
    await written;
  }

  /**
   * To be called for every packet, after discord.js has handled it.
   *
   * @returns null when it changes nothing that is in the snapshot; else a promise that resolves when the change is in the file,
   * and never rejects.
   */
  note(packet: Packet): Promise<void> | null {
    // Once a client is ready, numbers only go up within a session.
    if (packet.t === 'READY' || (this.#client && packet.s < this.#s)) this.#beginSession();
    this.#s = Math.max(this.#s, packet.s);
    const change = changeOf(packet, this.#ownId);
    if (change === null || this.#isTooLarge) return null;
    if (change === 'self') this.#pending.hasSelf = true;
    else if (change !== 'everything') this.#pending.guildIds.add(change.guildId);
    const written = this.#pending.wait();
    this.#run();
    return written;
  }

  /** Writes what is not written yet, and lets go of the file. Tries once. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    if (this.#client && this.#hasWork()) await this.#flush(this.#client);
    await this.#file.close();
  }

  #beginSession(): void {
    this.#s = 0;
    this.#isStale = true;
    this.#isTooLarge = false;
  }

  async #goOnWith({ sessionId, size, fileSize, liveSizes, liveBytes }: FoundFile): Promise<void> {
    this.#isStale = !(await this.#file.adopt(size, fileSize));
    this.#sessionId = sessionId;
    this.#sizes = new Map(liveSizes);
    this.#liveBytes = liveBytes;
  }

  #hasWork(): boolean {
    return !this.#isTooLarge && (this.#pending.isWanted || this.#isStale);
  }

  #run(): void {
    const client = this.#client;
    if (!client || this.#closing.signal.aborted) return;
    this.#running ??= this.#writeWhileChanging(client).finally(() => {
      this.#running = null;
      if (this.#hasWork()) this.#run(); // it came when the last look for it was over
    });
  }

  /** Never rejects. */
  async #writeWhileChanging(client: Client<true>): Promise<void> {
    const { signal } = this.#closing;
    while (this.#hasWork()) {
      await this.#options.clock.sleep(this.#restMs, signal).catch(() => {});
      if (signal.aborted) return;
      await this.#flush(client);
    }
  }

  /** Never rejects. */
  async #flush(client: Client<true>): Promise<void> {
    const changes = this.#pending;
    this.#pending = new PendingChanges();
    const isAll = this.#isStale;
    this.#isStale = false;
    try {
      if (isAll) await this.#writeAll(client);
      else await this.#writeChanges(client, changes);
      changes.settle();
      this.#noteSuccess();
    } catch (error) {
      this.#pending.absorb(changes);
      this.#isStale ||= isAll;
      if (error instanceof SnapshotTooLargeError) await this.#giveUp(error);
      else this.#noteFailure(error);
    }
  }

  async #writeAll(client: Client<true>): Promise<void> {
    const sizes = new Map<string, number>();
    await this.#file.replace(this.#allLines(client, sizes));
    this.#sizes = sizes;
    this.#liveBytes = this.#file.size;
    this.#restMs = DEBOUNCE_MS;
  }

  async *#allLines(client: Client<true>, sizes: Map<string, number>): AsyncGenerator<Buffer[]> {
    let total = 0;
    let part: Buffer[] = [];
    const add = (of: string, value: unknown) => {
      const size = this.#addLine(part, of, value);
      sizes.set(of, size);
      total += size;
      if (total > this.#maxBytes) throw new SnapshotTooLargeError(`more than ${this.#maxBytes} bytes of guilds`);
    };
    add(HEADER, this.#header(client));
    add(SELF, selfShape(client));
    let sliceEndsAt = performance.now() + SLICE_MS;
    for (const id of [...client.guilds.cache.keys()]) {
      const guild = client.guilds.cache.get(id);
      if (guild) add(id, guildShape(guild)); // else it went while we were writing, and a change says so
      if (performance.now() < sliceEndsAt) continue;
      yield part;
      part = [];
      sliceEndsAt = performance.now() + SLICE_MS;
    }
    add(END_OF_WHOLE, { lines: sizes.size });
    yield part;
  }

  async #writeChanges(client: Client<true>, { guildIds, hasSelf }: PendingChanges): Promise<void> {
    const lines: Buffer[] = [];
    const sizes = new Map<string, number>();
    let costMs = 0;
    let startedAt = performance.now();
    if (hasSelf) sizes.set(SELF, this.#addLine(lines, SELF, selfShape(client)));
    for (const id of guildIds) {
      const guild = client.guilds.cache.get(id);
      const size = this.#addLine(lines, id, guild ? guildShape(guild) : null);
      sizes.set(id, guild ? size : 0);
      const tookMs = performance.now() - startedAt;
      if (tookMs < SLICE_MS) continue;
      costMs += tookMs;
      await nextTurn();
      startedAt = performance.now();
    }
    costMs += performance.now() - startedAt;
    this.#restMs = Math.max(DEBOUNCE_MS, costMs * MIN_REST);
    if (lines.length === 0) return;
    await this.#file.append(lines);
    for (const [of, size] of sizes) {
      this.#liveBytes += size - (this.#sizes.get(of) ?? 0);
      this.#sizes.set(of, size);
    }
    if (this.#liveBytes > this.#maxBytes) throw new SnapshotTooLargeError(`${this.#liveBytes} bytes of guilds`);
    if (this.#file.size > this.#compactAbove) this.#isStale = true;
  }

  /** @returns its length in bytes. */
  #addLine(parts: Buffer[], of: string, value: unknown): number {
    const line = encodeLine(of, this.#s, value);
    parts.push(...line);
    return line.reduce((total, { length }) => total + length, 0);
  }

  #header(client: Client<true>): SnapshotHeader {
    const savedAt = new Date(this.#options.clock.now()).toISOString();
    this.#sessionId = currentSession(client)?.sessionId ?? null;
    const sessionId = this.#sessionId ?? 'none'; // no session has this id
    return { kind: SNAPSHOT_KIND, schemaVersion: SNAPSHOT_VERSION, library, sessionId, savedAt };
  }

  get #maxBytes(): number {
    return this.#options.maxBytes ?? MAX_BYTES;
  }

  /** Three quarters of the file are out of date, or so much is that reading it would take long. */
  get #compactAbove(): number {
    return Math.min(4 * this.#liveBytes + MIB, this.#liveBytes + this.#maxBytes / 2);
  }

  /** A snapshot that is not kept up must not be found by the next worker. Nobody waits any more. */
  async #giveUp(error: Error): Promise<void> {
    this.#isTooLarge = true;
    this.#problem = `no snapshot: ${error.message}`;
    await this.#file.remove();
    this.#isStale = true;
    this.#pending.settle();
    this.#pending = new PendingChanges();
    const fields = { event: 'snapshot:too-large', maxBytes: this.#maxBytes };
    this.#options.log.warn(fields, '⚠️ The guilds are too much for a snapshot: the next start needs an IDENTIFY');
  }

  #noteSuccess(): void {
    if (this.#failures > 0) this.#options.log.info({ event: 'snapshot:recovered' }, '✅ The snapshot is written again');
    this.#failures = 0;
    this.#problem = null;
  }

  #noteFailure(error: unknown): void {
    this.#problem = describeError(error);
    this.#restMs = Math.min(RETRY_MS * 2 ** this.#failures, MAX_RETRY_MS);
    this.#failures += 1;
    if (this.#failures > 1) return;
    const fields = { event: 'snapshot:failed', err: error };
    this.#options.log.warn(fields, `⚠️ The snapshot of the guilds could not be written: ${this.#problem}`);
  }
}

function selfShape(client: Client<true>): object {
  return { user: ownUserShape(client), application: applicationShape(client) };
}
