import { describe, expect, it } from 'vitest';
import { violationsIn } from '../../../chaos/invariants/all.js';
import { nothingLeft } from '../../../chaos/invariants/nothing-left.js';
import type { Observation } from '../../../chaos/observation.js';
import { calm, planOf, runEnd, sentSignal, when } from '../observations.js';

const broken: readonly (readonly [what: string, invariant: string, change: Partial<Observation>])[] = [
  ['two sessions at once', 'never two sessions', { maxLiveSessions: 2 }],
  ['a Tux that stays away', 'Tux recovers', { waitedFor: 'Not within 60000 ms: Tux serves again' }],
  ['a file that is torn', 'every file is whole', { files: [{ name: 'history.jsonl', problem: 'not JSON: {' }] }],
  [
    'a file that Tux found torn and put aside',
    'every file is whole',
    { files: [{ name: 'reminders.json.broken.20260102T030405678Z', problem: null }] },
  ],
  [
    'a socket that nobody listens at',
    'nothing stale is left',
    { files: [{ name: 'control.sock', problem: 'ECONNREFUSED' }] },
  ],
  [
    'a worker whose supervisor is gone',
    'nothing stale is left',
    { processes: [{ pid: 11, parent: 1, state: 'S', what: 'worker' }] },
  ],
  [
    'a dead child that nobody took note of',
    'nothing stale is left',
    { processes: [{ pid: 11, parent: 10, state: 'Z', what: 'worker' }] },
  ],
  [
    'one process too many',
    'nothing stale is left',
    { processes: [11, 12, 13, 14].map((pid) => ({ pid, parent: 10, state: 'S', what: 'worker' })) },
  ],
  [
    'an IDENTIFY that the ledger does not know',
    'IDENTIFYs are within budget',
    { identifiesEver: 3, identifiesInLedger: 2 },
  ],
  ['an IDENTIFY although the session was valid', 'IDENTIFYs are within budget', { identifies: 1 }],
];

describe('a round', () => {
  it('in which all was well violates nothing', () => {
    expect(violationsIn(calm())).toEqual([]);
  });

  it.each(broken)('with %s is told apart', (_, invariant, change) => {
    expect(violationsIn(calm(change))).toMatchObject([{ invariant }]);
  });

  it('may cost one IDENTIFY for a session that ended, and one more for each worker that did', () => {
    const invalid = planOf({ kind: 'gateway', how: 'invalidate', ...when });
    expect(violationsIn(calm({ plan: invalid, identifies: 1 }))).toEqual([]);
    expect(violationsIn(calm({ plan: invalid, identifies: 2 }))).toHaveLength(1);
    const killedToo = planOf(
      { kind: 'gateway', how: 'invalidate', ...when },
      { kind: 'process', signal: 'SIGKILL', targets: ['worker'], ...when },
    );
    const ended = { plan: killedToo, signals: [sentSignal()], ends: [runEnd()] };
    expect(violationsIn(calm({ ...ended, identifies: 2 }))).toEqual([]);
    expect(violationsIn(calm({ ...ended, identifies: 3 }))).toHaveLength(1);
  });
});

describe('a stop', () => {
  const clean = { supervisorEnd: { code: 0, signal: null }, processes: [], files: [], liveConnections: 0 };

  it('that leaves nothing but files is clean', () => {
    expect(nothingLeft({ ...clean, files: [{ name: 'supervisor.json', problem: null }] })).toEqual([]);
  });

  it.each([
    ['ends with another code', { supervisorEnd: { code: 70, signal: null } }],
    ['leaves a process', { processes: [{ pid: 11, parent: 1, state: 'R', what: 'standby' }] }],
    ['leaves a lock', { files: [{ name: 'bot.lock', problem: null }] }],
    ['leaves a socket', { files: [{ name: 'control.sock', problem: 'ECONNREFUSED' }] }],
    ['leaves a temporary file', { files: [{ name: 'supervisor.json.123456', problem: null }] }],
    ['leaves a connection', { liveConnections: 1 }],
  ])('that %s is not', (_, change) => {
    expect(nothingLeft({ ...clean, ...change })).toHaveLength(1);
  });
});
