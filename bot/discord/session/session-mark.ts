import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { ALL_DONE, ANSWER_BEGUN } from './work-groups.js';

/** How many events above the mark are remembered one by one. Discord keeps not many more for a repetition. */
export const REMEMBERED_EVENTS = 8_192;

const MAGIC = 0x54_55_58_4d; // "TUXM"
const VERSION = 1;
const HEADER_BYTES = 128;
/** Number of the event, then its bits: the groups that are done, and whether an answer was begun. */
const SLOT_BYTES = 8;
const TAG_BYTES = 8;

const OFFSETS = {
  magic: 0,
  version: 4,
  tag: 8,
  mark: 16,
  begun: 24,
  handledAt: 32,
  aliveAt: 40,
  deaths: 48,
  last: 52,
  cacheBytes: 56,
  suspect: 60,
  answersNotedFrom: 64,
  crc: 124,
};

/** How far the events of a session have been dealt with. */
export interface MarkState {
  /** The highest number up to which every event is done. */
  readonly mark: number;
  /** The highest number of an event that any worker began to deal with. */
  readonly begun: number;
  /** The same of the present worker alone; 0: none yet. If it dies of an event at once, it is this one. */
  readonly last: number;
  /** When the last event was done, in milliseconds since the epoch; 0: none yet. */
  readonly handledAt: number;
  /** When the worker was last known to be connected. */
  readonly aliveAt: number;
  /** The event that the worker before had begun with last when it died; 0: none. */
  readonly suspect: number;
  /** How many workers in a row died with that one. */
  readonly deaths: number;
  /** Size of the snapshot of the caches. */
  readonly cacheBytes: number;
  /** Up to this number it is not known which interactions somebody had begun to answer: nobody noted it, or it is forgotten. */
  readonly answersUnknownUpTo: number;
}

/** What an earlier worker left. */
export interface StoredMark extends MarkState {
  /** The bits that were noted, by the number of the event: those above the mark that are remembered. */
  readonly noted: ReadonlyMap<number, number>;
}

/**
 * `gateway-session.mark`: how far the events of the gateway session have been dealt with. One small file that never grows, and
 * a write of a few bytes for each event, a matter of microseconds. It is there for the next process: what was written survives
 * the death of every process. It is not synced, so after a power failure it may be older than the truth; then more is repeated.
 *
 * The header has a checksum and lies in one sector; it names the session, so that a mark never counts for another one.
 */
export class SessionMark {
  readonly #fd: number;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  readonly #slot = Buffer.alloc(SLOT_BYTES);
  #isOpen = true;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** @throws the error of the file system. */
  static open(path: string): SessionMark {
    return new SessionMark(openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600));
  }

  /** What is known about this session; null when the file is of another one, or damaged. */
  read(sessionId: string): StoredMark | null {
    const file = Buffer.alloc(HEADER_BYTES + REMEMBERED_EVENTS * SLOT_BYTES);
    const bytes = readSync(this.#fd, file, 0, file.length, 0);
    if (bytes < HEADER_BYTES) return null;
    const header = file.subarray(0, HEADER_BYTES);
    const isWhole =
      header.readUInt32LE(OFFSETS.magic) === MAGIC &&
      header.readUInt32LE(OFFSETS.version) === VERSION &&
      header.readUInt32LE(OFFSETS.crc) === crc32(header.subarray(0, OFFSETS.crc));
    if (!isWhole || !header.subarray(OFFSETS.tag, OFFSETS.tag + TAG_BYTES).equals(tagOf(sessionId))) return null;
    const mark = header.readDoubleLE(OFFSETS.mark);
    const begun = header.readDoubleLE(OFFSETS.begun);
    const isWholeFile = bytes === file.length;
    return {
      mark,
      begun,
      handledAt: header.readDoubleLE(OFFSETS.handledAt),
      aliveAt: header.readDoubleLE(OFFSETS.aliveAt),
      last: header.readUInt32LE(OFFSETS.last),
      suspect: header.readUInt32LE(OFFSETS.suspect),
      deaths: header.readUInt32LE(OFFSETS.deaths),
      cacheBytes: header.readUInt32LE(OFFSETS.cacheBytes),
      answersUnknownUpTo: isWholeFile ? unknownUpTo(header.readDoubleLE(OFFSETS.answersNotedFrom), begun) : begun,
      noted: readSlots(file.subarray(HEADER_BYTES), mark, begun),
    };
  }

  /** Begins anew, for a session that has just been opened. */
  reset(sessionId: string, state: MarkState): void {
    if (!this.#isOpen) return; // the number may be another file's by now
    writeSync(this.#fd, Buffer.alloc(REMEMBERED_EVENTS * SLOT_BYTES), 0, undefined, HEADER_BYTES);
    this.take(sessionId);
    this.write(state);
  }

  /** Goes on with a session that an earlier worker had. */
  take(sessionId: string): void {
    this.#header.writeUInt32LE(MAGIC, OFFSETS.magic);
    this.#header.writeUInt32LE(VERSION, OFFSETS.version);
    tagOf(sessionId).copy(this.#header, OFFSETS.tag);
  }

  /** A few microseconds: into the page cache of the system. */
  write(state: MarkState): void {
    if (!this.#isOpen) return;
    const { mark, begun, last, handledAt, aliveAt, suspect, deaths, cacheBytes, answersUnknownUpTo } = state;
    const header = this.#header;
    header.writeDoubleLE(mark, OFFSETS.mark);
    header.writeDoubleLE(begun, OFFSETS.begun);
    header.writeDoubleLE(handledAt, OFFSETS.handledAt);
    header.writeDoubleLE(aliveAt, OFFSETS.aliveAt);
    header.writeUInt32LE(last, OFFSETS.last);
    header.writeUInt32LE(suspect, OFFSETS.suspect);
    header.writeDoubleLE(answersUnknownUpTo + 1, OFFSETS.answersNotedFrom);
    header.writeUInt32LE(deaths, OFFSETS.deaths);
    header.writeUInt32LE(cacheBytes, OFFSETS.cacheBytes);
    header.writeUInt32LE(crc32(header.subarray(0, OFFSETS.crc)), OFFSETS.crc);
    writeSync(this.#fd, header, 0, HEADER_BYTES, 0);
  }

  /** How far an event is that is above the mark. */
  writeEvent(seq: number, bits: number): void {
    if (!this.#isOpen) return;
    this.#slot.writeUInt32LE(seq, 0);
    this.#slot.writeUInt32LE(bits, 4);
    writeSync(this.#fd, this.#slot, 0, SLOT_BYTES, HEADER_BYTES + (seq % REMEMBERED_EVENTS) * SLOT_BYTES);
  }

  close(): void {
    if (this.#isOpen) closeSync(this.#fd);
    this.#isOpen = false;
  }
}

function tagOf(sessionId: string): Buffer {
  return createHash('sha256').update(sessionId).digest().subarray(0, TAG_BYTES);
}

/** @param notedFrom 0 in the file of a Tux that noted nothing of answers. */
function unknownUpTo(notedFrom: number, begun: number): number {
  return notedFrom === 0 ? begun : Math.max(notedFrom - 1, begun - REMEMBERED_EVENTS);
}

/** Of the events above the mark that were begun: no other can have been done. */
function readSlots(slots: Buffer, mark: number, begun: number): ReadonlyMap<number, number> {
  const noted = new Map<number, number>();
  for (let seq = Math.max(mark, begun - REMEMBERED_EVENTS) + 1; seq <= begun; seq += 1) {
    const offset = (seq % REMEMBERED_EVENTS) * SLOT_BYTES;
    if (offset + SLOT_BYTES > slots.length) continue;
    const bits = slots.readUInt32LE(offset + 4);
    if (slots.readUInt32LE(offset) === seq && bits > 0 && bits <= (ALL_DONE | ANSWER_BEGUN)) noted.set(seq, bits);
  }
  return noted;
}
