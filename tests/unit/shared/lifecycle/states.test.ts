import { describe, expect, it } from 'vitest';
import { workerStates } from '../../../../shared/ipc-protocol.js';
import { canTransition, InvalidTransitionError, WorkerStateMachine } from '../../../../shared/lifecycle/index.js';

const allowed = [
  'INITIALIZING→STARTING',
  'INITIALIZING→ERROR',
  'STARTING→RUNNING',
  'STARTING→ERROR',
  'RUNNING→STOPPING',
  'RUNNING→ERROR',
  'STOPPING→STOPPED',
  'ERROR→STOPPING',
];
const pairs = workerStates.flatMap((from) => workerStates.map((to) => ({ from, to })));

describe('worker states', () => {
  it.each(pairs)('knows whether $from may become $to', ({ from, to }) => {
    expect(canTransition(from, to)).toBe(allowed.includes(`${from}→${to}`));
  });

  it('reports each transition after it was made', () => {
    const seen: string[] = [];
    const machine = new WorkerStateMachine((from, to) => seen.push(`${from}→${to} (${machine.current})`));
    expect(machine.current).toBe('INITIALIZING');
    for (const to of ['STARTING', 'RUNNING', 'STOPPING', 'STOPPED'] as const) machine.transition(to);
    expect(seen).toEqual([
      'INITIALIZING→STARTING (STARTING)',
      'STARTING→RUNNING (RUNNING)',
      'RUNNING→STOPPING (STOPPING)',
      'STOPPING→STOPPED (STOPPED)',
    ]);
  });

  it('throws on a transition that does not exist, stays where it was and reports nothing', () => {
    const seen: string[] = [];
    const machine = new WorkerStateMachine((_, to) => seen.push(to));
    expect(() => machine.transition('RUNNING')).toThrow(InvalidTransitionError);
    expect(() => machine.transition('RUNNING')).toThrow('The worker cannot go from INITIALIZING to RUNNING');
    expect(machine.current).toBe('INITIALIZING');
    expect(seen).toEqual([]);
  });
});
