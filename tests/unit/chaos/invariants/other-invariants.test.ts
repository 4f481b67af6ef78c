import { describe, expect, it } from 'vitest';
import { violationsIn } from '../../../chaos/invariants/all.js';
import { nothingLeft } from '../../../chaos/invariants/nothing-left.js';
import type { Observation, SeenProcess } from '../../../chaos/observation.js';
import { AT, calm, planOf, runEnd, sentSignal, when } from '../observations.js';

const { files, processes } = calm();
const gone = planOf({ kind: 'process', signal: 'SIGKILL', targets: ['worker', 'standby'], ...when });
const goneLater = planOf({ kind: 'rest', how: 'lag', ...when }, ...gone.faults);

const broken: readonly (readonly [what: string, invariant: string, change: Partial<Observation>])[] = [
  ['two sessions at once', 'never two sessions', { maxLiveSessions: 2 }],
  ['a Tux that stays away', 'Tux recovers', { waitedFor: 'Not within 60000 ms: Tux serves again' }],
  [
    'a file that is torn',
    'every file is whole',
    { files: [...files, { name: 'history.jsonl', problem: 'not JSON: {' }] },
  ],
  [
    'a file that Tux found torn and put aside',
    'every file is whole',
    { files: [...files, { name: 'reminders.json.broken.20260102T030405678Z', problem: null }] },
  ],
  [
    'a socket that nobody listens at',
    'nothing stale is left',
    { files: [...files, { name: 'control.sock', problem: 'ECONNREFUSED' }] },
  ],
  [
    'a worker whose supervisor is gone',
    'nothing stale is left',
    { processes: [...processes.slice(0, 2), { pid: 12, parent: 1, state: 'S', what: 'worker' }] },
  ],
  [
    'a dead child that nobody took note of',
    'nothing stale is left',
    { processes: [...processes, { pid: 13, parent: 10, state: 'Z', what: 'worker' }] },
  ],
  [
    'one process too many',
    'nothing stale is left',
    { processes: [...processes, { pid: 13, parent: 10, state: 'S', what: 'worker' }] },
  ],
  [
    'an IDENTIFY that the ledger does not know',
    'IDENTIFYs are within budget',
    { identifiesEver: 3, identifiesInLedger: 2 },
  ],
  ['an IDENTIFY although the session was valid', 'IDENTIFYs are within budget', { identifies: 1 }],
  ['a message that nobody asked for', 'each promise is kept once', { strays: [{ at: AT, text: '✅ Job done' }] }],
  ['hardly any answers', 'the round was looked at', { commands: calm().commands.slice(1) }],
  ['no session at all', 'the round was looked at', { maxLiveSessions: 0 }],
  [
    'no process of the supervisor',
    'the round was looked at',
    { processes: [{ ...processes[1], pid: 11 } as SeenProcess] },
  ],
  ['no process of a worker', 'the round was looked at', { processes: processes.slice(0, 1) }],
  ['a state folder that is empty but for two files', 'the round was looked at', { files: files.slice(1) }],
  ['nobody for a signal, although nothing else had gone wrong', 'the round was looked at', { plan: gone }],
];

describe('a round', () => {
  it('in which all was well violates nothing', () => {
    expect(violationsIn(calm())).toEqual([]);
    expect(violationsIn(calm({ plan: goneLater })), 'the worker may be gone by then').toEqual([]);
  });

  it('in which Tux stayed away is not blamed for what could not be seen', () => {
    expect(violationsIn(calm({ waitedFor: 'Tux serves again', commands: [], processes: [] }))).toHaveLength(1);
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
    ['leaves one of a journal', { files: [{ name: 'queue-cache.journal.123456', problem: null }] }],
    ['leaves a connection', { liveConnections: 1 }],
  ])('that %s is not', (_, change) => {
    expect(nothingLeft({ ...clean, ...change })).toHaveLength(1);
  });
});
