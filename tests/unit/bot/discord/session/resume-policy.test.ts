import { describe, expect, it } from 'vitest';
import {
  eventToGiveUp,
  judgeDeath,
  type ResumeFacts,
  whyNotResume,
} from '../../../../../bot/discord/session/resume-policy.js';
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
  last: 12,
  suspect: 0,
  deaths: 0,
  cacheBytes: 0,
  answersUnknownUpTo: 0,
  noted: new Map(),
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

describe('the event that a worker had begun with last', () => {
  it('is suspected when the worker did not end in order', () =>
    expect(judgeDeath(mark)).toEqual({ suspect: 12, deaths: 1 }));

  it('is suspected more when it was the last one of the worker before, too', () =>
    expect(judgeDeath({ ...mark, suspect: 12, deaths: 1 })).toEqual({ suspect: 12, deaths: 2 }));

  it('is another one each time that a worker is killed from outside', () =>
    expect(judgeDeath({ ...mark, suspect: 11, deaths: 2 })).toEqual({ suspect: 12, deaths: 1 }));

  it.each([
    ['there was none', { last: 0 }],
    ['it is below the mark', { last: 10 }],
    ['it was done', { noted: new Map([[12, 7]]) }],
  ])('is not suspected when %s', (_why, change) =>
    expect(judgeDeath({ ...mark, suspect: 12, deaths: 2, ...change })).toEqual({ suspect: 0, deaths: 0 }),
  );

  it('is given up after the third death', () => {
    expect(eventToGiveUp({ ...mark, suspect: 12, deaths: 1 })).toBeNull();
    expect(eventToGiveUp({ ...mark, suspect: 12, deaths: 2 })).toBe(12);
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
