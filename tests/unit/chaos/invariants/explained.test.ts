import { describe, expect, it } from 'vitest';
import { explained } from '../../../chaos/invariants/explained.js';
import { calm, planOf, runEnd, sentSignal, when } from '../observations.js';

const killed = planOf({ kind: 'process', signal: 'SIGKILL', targets: ['worker'], ...when });

describe('each end is explained', () => {
  it('holds for a crash of a worker that was killed', () => {
    expect(
      explained(calm({ plan: killed, signals: [sentSignal()], ends: [runEnd()], runIds: ['RUN'], toldEnds: ['RUN'] })),
    ).toEqual([]);
  });

  it.each([
    ['a crash where nothing was done to the worker', calm({ ends: [runEnd()] })],
    [
      'a stop where it was killed',
      calm({ plan: killed, signals: [sentSignal()], ends: [runEnd({ class: 'stopped', code: 0, signal: null })] }),
    ],
    ['a crash that is not recorded', calm({ plan: killed, signals: [sentSignal()] })],
    ['an end that was told and is not recorded', calm({ toldEnds: ['RUN'] })],
    ['a run that is recorded twice', calm({ runIds: ['A', 'B', 'A'] })],
    [
      'a failed start where nothing kept it from starting',
      calm({ plan: killed, ends: [runEnd({ class: 'failed-start', code: 69, signal: null, readyMs: null })] }),
    ],
    [
      'a Tux that served and did not survive a database that is away',
      calm({ plan: planOf({ kind: 'database', how: 'crash', ...when }), ends: [runEnd({ class: 'failed-start' })] }),
    ],
    [
      'a supervisor that gives up by itself',
      calm({ supervisorEnds: [{ pid: 10, code: 70, signal: null, wasSilent: false }] }),
    ],
  ])('does not hold for %s', (_, observation) => {
    expect(explained(observation)).toHaveLength(1);
  });

  it('holds for a supervisor that was killed, for one that stopped as asked, and for one that found the disk full', () => {
    const kill = sentSignal({ pid: 10, role: 'supervisor' });
    const ends = [{ pid: 10, code: null, signal: 'SIGKILL', wasSilent: false } as const];
    expect(explained(calm({ plan: killed, signals: [kill], supervisorEnds: ends }))).toEqual([]);
    const asked = [{ pid: 10, code: 0, signal: null, wasSilent: false }];
    expect(explained(calm({ signals: [{ ...kill, signal: 'SIGTERM' }], supervisorEnds: asked }))).toEqual([]);
    const disk = planOf({ kind: 'disk', how: 'full', leaves: 0, ...when });
    const full = [{ pid: 10, code: 74, signal: null, wasSilent: false }];
    expect(explained(calm({ plan: disk, supervisorEnds: full }))).toEqual([]);
    expect(explained(calm({ plan: killed, supervisorEnds: full }))).toHaveLength(1);
  });

  it('holds for a supervisor that was told to stop before it could listen, and not for one that died of it later', () => {
    const told = sentSignal({ pid: 10, role: 'supervisor', signal: 'SIGTERM' });
    const end = { pid: 10, code: null, signal: 'SIGTERM', wasSilent: true } as const;
    expect(explained(calm({ signals: [told], supervisorEnds: [end] }))).toEqual([]);
    expect(explained(calm({ signals: [told], supervisorEnds: [{ ...end, wasSilent: false }] }))).toHaveLength(1);
  });

  it('lets a disk that cannot be written keep an end out of the history, if the supervisor was killed as well', () => {
    const disk = planOf({ kind: 'disk', how: 'full', leaves: 0, ...when }, ...killed.faults);
    const both = [sentSignal(), sentSignal({ pid: 10, role: 'supervisor' })];
    expect(explained(calm({ plan: disk, signals: both, toldEnds: ['RUN'] }))).toEqual([]);
    expect(explained(calm({ plan: disk, signals: [sentSignal()] }))).toHaveLength(1);
    expect(explained(calm({ plan: killed, signals: both }))).toHaveLength(1);
  });
});
