import { describe, expect, it } from 'vitest';
import { judgeSuspects, type ResumeFacts, whyNotResume } from '../../../../../bot/discord/session/resume-policy.js';
import { applicationIdOf, fingerprintOf } from '../../../../../bot/discord/session/session-record.js';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const identity = { apiUrl: null, tokenHash: 'aa', intents: 5, shardCount: 1, library: '14.28.1' };
const record = {
  ...identity,
  applicationId: '100000000000000001',
  sessionId: 's',
  resumeUrl: 'wss://gateway',
  openedAt: '2026-03-01T11:00:00.000Z',
};
const mark = {
  mark: 10,
  begun: 12,
  handledAt: NOW - 1_000,
  aliveAt: NOW - 1_000,
  tries: 0,
  alone: 0,
  cacheBytes: 0,
  done: new Map(),
};
const present = { ...identity, applicationId: '100000000000000001' };
const facts: ResumeFacts = { record, mark, present, now: NOW };

describe('a session can go on', () => {
  it('when nothing has changed', () => expect(whyNotResume(facts)).toBeNull());

  it('when the token does not tell its application', () =>
    expect(whyNotResume({ ...facts, present: { ...present, applicationId: null } })).toBeNull());

  it.each<[string, Partial<ResumeFacts>]>([
    ['no-session', { record: null }],
    ['no-session', { mark: null }],
    ['application-changed', { present: { ...present, apiUrl: 'http://127.0.0.1:1/api' } }],
    ['token-changed', { present: { ...present, tokenHash: 'bb' } }],
    ['application-changed', { present: { ...present, applicationId: '100000000000000002' } }],
    ['intents-changed', { present: { ...present, intents: 7 } }],
    ['shards-changed', { present: { ...present, shardCount: 2 } }],
    ['library-version', { present: { ...present, library: '14.29.0' } }],
    ['too-old', { now: NOW + 20 * 60_000 }],
    ['too-old', { now: NOW - 20 * 60_000 }],
  ])('but not with %s', (reason, changed) => expect(whyNotResume({ ...facts, ...changed })).toBe(reason));
});

describe('events that workers had begun when they died', () => {
  it('are dealt with as ever after the first two deaths', () => {
    expect(judgeSuspects({ ...mark, tries: 0 })).toEqual({ oneByOne: [], givenUp: null });
    expect(judgeSuspects({ ...mark, tries: 1 })).toEqual({ oneByOne: [], givenUp: null });
  });

  it('are dealt with one by one after the third: most of them only happened to be under way', () =>
    expect(judgeSuspects({ ...mark, tries: 2 })).toEqual({ oneByOne: [11, 12], givenUp: null }));

  it('are not all of them, if they are many: one by one would take too long', () =>
    expect(judgeSuspects({ ...mark, begun: 900, tries: 2 }).oneByOne).toHaveLength(50));

  it('are given up when a worker died of them alone', () =>
    expect(judgeSuspects({ ...mark, tries: 3, alone: 11 })).toEqual({ oneByOne: [12], givenUp: 11 }));

  it('are none that are done, whatever was alone before', () => {
    const done = new Map([[11, 7]]);
    expect(judgeSuspects({ ...mark, tries: 2, alone: 11, done })).toEqual({ oneByOne: [12], givenUp: null });
    expect(judgeSuspects({ ...mark, tries: 2, alone: 9 })).toEqual({ oneByOne: [11, 12], givenUp: null });
    expect(judgeSuspects({ ...mark, tries: 9, begun: 10 })).toEqual({ oneByOne: [], givenUp: null });
  });
});

describe('a token', () => {
  const token = `${Buffer.from('100000000000000001').toString('base64')}.abc.def`;

  it('tells its application', () => {
    expect(applicationIdOf(token)).toBe('100000000000000001');
    expect(applicationIdOf('something-else')).toBeNull();
  });

  it('is recognised without being kept', () => {
    expect(fingerprintOf(token)).toBe(fingerprintOf(token));
    expect(fingerprintOf(token)).not.toBe(fingerprintOf(`${token}x`));
    expect(fingerprintOf(token)).toHaveLength(16);
  });
});
