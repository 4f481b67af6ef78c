import type { workerStates } from '../ipc-protocol.js';
import { InvalidTransitionError } from './errors.js';

export type WorkerState = (typeof workerStates)[number];

/**
 * ERROR means "this worker will not serve (any more)": a start that failed, a start that was called off half-way, or a
 * fatal error while running. A shutdown during the start therefore takes the way STARTING → ERROR → STOPPING.
 */
const successors: Readonly<Record<WorkerState, readonly WorkerState[]>> = {
  INITIALIZING: ['STARTING', 'ERROR'],
  STARTING: ['RUNNING', 'ERROR'],
  RUNNING: ['STOPPING', 'ERROR'],
  ERROR: ['STOPPING'],
  STOPPING: ['STOPPED'],
  STOPPED: [],
};

/** Whether a worker may go from one state to the other. */
export function canTransition(from: WorkerState, to: WorkerState): boolean {
  return successors[from].includes(to);
}

/** The life of one worker. Begins at INITIALIZING; a life is never lived twice. */
export class WorkerStateMachine {
  readonly #onChange: (from: WorkerState, to: WorkerState) => void;
  #current: WorkerState = 'INITIALIZING';

  /** @param onChange called after each transition. */
  constructor(onChange: (from: WorkerState, to: WorkerState) => void) {
    this.#onChange = onChange;
  }

  get current(): WorkerState {
    return this.#current;
  }

  /** @throws InvalidTransitionError when `to` does not follow the present state. */
  transition(to: WorkerState): void {
    const from = this.#current;
    if (!canTransition(from, to)) throw new InvalidTransitionError(from, to);
    this.#current = to;
    this.#onChange(from, to);
  }
}
