import { statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { version as libraryVersion } from 'discord.js';
import { z } from 'zod';
import { describeError, errnoOf } from '../../../shared/errors.js';
import type { FreshSessionReason } from '../../../shared/ipc-protocol.js';
import { readWhole } from '../../../shared/read-whole.js';
import type { GuildShape } from './api-shape/guild.js';
import type { PrimedGuild, ReadySnapshot } from './discord-internals.js';
import { decodeLine, END_OF_WHOLE, HEADER, SELF, type SnapshotLine, wholeLines } from './snapshot-lines.js';

/** What the header calls the file: another kind is damage. */
export const SNAPSHOT_KIND = 'gateway-cache';
/** Goes up whenever what an older Tux wrote cannot be used any more. */
export const SNAPSHOT_VERSION = 1;
/** Lines that are not about a guild. */
const OTHER_LINES: ReadonlySet<string> = new Set([HEADER, SELF, END_OF_WHOLE]);
/** Reading gives the event loop a turn after this long. */
const SLICE_MS = 8;

/** The caches as they were in a session. */
export interface LoadedSnapshot {
  readonly sessionId: string;
  readonly ready: ReadySnapshot;
  readonly guilds: readonly PrimedGuild[];
}

/** Why there is no snapshot that can be used: for people, and as the reason of a new session. */
export interface SnapshotProblem {
  readonly problem: string;
  readonly reason: Extract<FreshSessionReason, `snapshot-${string}`>;
}

/** A snapshot with what it takes to go on writing to its file. */
export interface ReadSnapshot extends LoadedSnapshot {
  /** Bytes of whole lines. */
  readonly size: number;
  /** Bytes of the file. */
  readonly fileSize: number;
  /** Bytes of the line that counts, by what it is about. */
  readonly liveSizes: ReadonlyMap<string, number>;
  /** Their sum. */
  readonly liveBytes: number;
}

const headerSchema = z.object({
  kind: z.literal(SNAPSHOT_KIND),
  schemaVersion: z.number().int().positive(),
  library: z.string(),
  sessionId: z.string().min(1),
  savedAt: z.iso.datetime(),
});
export type SnapshotHeader = z.infer<typeof headerSchema>;

const selfSchema = z.object({
  user: z.looseObject({ id: z.string() }),
  application: z.object({ id: z.string(), flags: z.number().optional() }),
});

/** Another one means that the file has changed; null when there is none. Costs a system call. */
export function stampOf(path: string): string | null {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino}:${size}:${mtimeMs}`;
  } catch {
    return null;
  }
}

/**
 * Reads a snapshot, or says why it is of no use. Every byte of it is checked; guilds are parsed only when they are used.
 *
 * @param leastBytes what it has to have in whole lines.
 * @throws the reason of `signal`, within a few milliseconds.
 */
export async function readSnapshot(
  path: string,
  leastBytes = 0,
  signal?: AbortSignal,
): Promise<ReadSnapshot | SnapshotProblem> {
  let content: Buffer;
  try {
    content = await readWhole(path);
  } catch (error) {
    const reason = errnoOf(error) === 'ENOENT' ? 'snapshot-missing' : 'snapshot-damaged';
    return { reason, problem: reason === 'snapshot-missing' ? 'there is none' : describeError(error) };
  }
  try {
    return await parse(content, leastBytes, signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof OtherVersionError) return { reason: 'snapshot-version', problem: error.message };
    return { reason: 'snapshot-damaged', problem: describeError(error) };
  }
}

class OtherVersionError extends Error {}

async function parse(content: Buffer, leastBytes: number, signal: AbortSignal | undefined): Promise<ReadSnapshot> {
  const live = new Map<string, SnapshotLine>();
  const liveSizes = new Map<string, number>();
  let header: SnapshotHeader | null = null;
  let size = 0;
  let number = 0;
  let sliceEndsAt = performance.now() + SLICE_MS;
  for (const text of wholeLines(content)) {
    number += 1;
    header ??= parseHeader(text);
    const line = decode(text, number);
    size += text.length + 1;
    if (line.data.length === 4 && line.data.toString() === 'null') {
      live.delete(line.of);
      liveSizes.delete(line.of);
    } else {
      live.set(line.of, line);
      liveSizes.set(line.of, text.length + 1);
    }
    if (performance.now() < sliceEndsAt) continue;
    await nextTurn();
    signal?.throwIfAborted();
    sliceEndsAt = performance.now() + SLICE_MS;
  }
  if (header === null) throw new Error('it has no whole line');
  if (!live.has(END_OF_WHOLE)) throw new Error('its end is missing');
  if (size < leastBytes) throw new Error(`it has ${size} bytes, and had ${leastBytes}`);
  const self = live.get(SELF);
  if (!self) throw new Error('it does not say who we are');
  const { user, application } = selfSchema.parse(JSON.parse(self.data.toString()));
  const guilds = [...live.values()].filter(({ of }) => !OTHER_LINES.has(of)).map(primedGuild);
  const guildIds = guilds.map(({ id }) => id);
  const ready = { user, application, guildIds };
  const liveBytes = [...liveSizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  return { sessionId: header.sessionId, ready, guilds, size, fileSize: content.length, liveSizes, liveBytes };
}

/** A newer Tux may write its lines in another way, but its first line is an object with this data. */
function parseHeader(line: Buffer): SnapshotHeader {
  const { data } = z.object({ data: headerSchema }).parse(JSON.parse(line.toString()));
  if (data.schemaVersion !== SNAPSHOT_VERSION) {
    throw new OtherVersionError(`it has version ${data.schemaVersion}, this Tux knows ${SNAPSHOT_VERSION}`);
  }
  if (data.library !== libraryVersion) {
    throw new OtherVersionError(`it was written with discord.js ${data.library}, this is ${libraryVersion}`);
  }
  return data;
}

function decode(text: Buffer, number: number): SnapshotLine {
  try {
    return decodeLine(text);
  } catch (cause) {
    throw new Error(`line ${number}: ${describeError(cause)}`, { cause });
  }
}

function primedGuild({ of, s, sum, data }: SnapshotLine): PrimedGuild {
  return { id: of, s, checksum: sum, read: () => JSON.parse(data.toString()) as GuildShape };
}
