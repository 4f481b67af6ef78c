import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REMEMBERED_EVENTS, SessionMark } from '../../../../../bot/discord/session/session-mark.js';

const state = {
  mark: 5,
  begun: 7,
  handledAt: 1_000,
  aliveAt: 2_000,
  last: 6,
  suspect: 6,
  deaths: 1,
  cacheBytes: 4_096,
  answersUnknownUpTo: 3,
};
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tux-mark-'));
  path = join(folder, 'gateway-session.mark');
});

afterEach(() => rmSync(folder, { recursive: true }));

function written(): void {
  const mark = SessionMark.open(path);
  mark.reset('session', state);
  mark.writeEvent(7, 3);
  mark.close();
}

function read(sessionId = 'session') {
  const mark = SessionMark.open(path);
  try {
    return mark.read(sessionId);
  } finally {
    mark.close();
  }
}

describe('the mark file', () => {
  it('gives back what was written', () => {
    written();
    expect(read()).toEqual({ ...state, noted: new Map([[7, 3]]) });
  });

  it('is for its owner only, and of one size', () => {
    written();
    const { size, mode } = statSync(path);
    const mark = SessionMark.open(path);
    mark.take('session');
    for (let seq = 8; seq < 50_000; seq += 1) {
      mark.write({ ...state, mark: seq });
      mark.writeEvent(seq, 7);
    }
    mark.close();
    expect(statSync(path).size).toBe(size);
    expect(mode & 0o777).toBe(0o600);
  });

  it('knows nothing of another session', () => {
    written();
    expect(read('another')).toBeNull();
  });

  it('knows nothing while there is no file', () => {
    expect(read()).toBeNull();
  });

  it('forgets what is done below the mark, and what a later event took the place of', () => {
    const mark = SessionMark.open(path);
    mark.reset('session', { ...state, mark: 0 });
    mark.writeEvent(3, 7);
    mark.writeEvent(9, 7);
    mark.writeEvent(9 + REMEMBERED_EVENTS, 1);
    mark.write({ ...state, mark: 4, begun: 20 + REMEMBERED_EVENTS });
    mark.close();
    expect(read()?.noted).toEqual(new Map([[9 + REMEMBERED_EVENTS, 1]]));
  });

  it('says up to where nobody knows which answers were begun: what later events took the place of', () => {
    const mark = SessionMark.open(path);
    mark.reset('session', { ...state, mark: 4, begun: 20 + REMEMBERED_EVENTS });
    mark.close();
    expect(read()?.answersUnknownUpTo).toBe(20);
  });

  it('knows of no answer in the file of a Tux that did not note them', () => {
    const mark = SessionMark.open(path);
    mark.reset('session', { ...state, answersUnknownUpTo: -1 }); // 0 in the file, as it left it
    mark.close();
    expect(read()?.answersUnknownUpTo).toBe(state.begun);
  });

  it('begins anew for another session', () => {
    written();
    const mark = SessionMark.open(path);
    mark.reset('another', { ...state, mark: 1 });
    mark.close();
    expect(read('another')).toEqual({ ...state, mark: 1, noted: new Map() });
  });

  it('writes nothing once it is closed: its descriptor may be another file’s by then', () => {
    written();
    const mark = SessionMark.open(path);
    mark.close();
    mark.reset('another', { ...state, mark: 1 });
    mark.write(state);
    mark.writeEvent(1, 1);
    expect(read('another')).toBeNull();
    expect(read()).not.toBeNull();
  });

  it.each([
    ['a header with a bit that flipped', () => flip(20)],
    ['a header that is cut off', () => truncateSync(path, 40)],
    ['an empty file', () => writeFileSync(path, '')],
    ['something else', () => writeFileSync(path, 'x'.repeat(70_000))],
  ])('takes %s for nothing', (_what, damage) => {
    written();
    damage();
    expect(read()).toBeNull();
  });

  it('goes on with the rest when the events above the mark are cut off', () => {
    written();
    truncateSync(path, 128);
    expect(read()).toEqual({ ...state, answersUnknownUpTo: state.begun, noted: new Map() });
  });
});

function flip(offset: number): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset);
  writeFileSync(path, bytes);
}
