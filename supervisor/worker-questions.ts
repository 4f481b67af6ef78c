import { ulid } from 'ulid';
import type { Clock } from '../shared/clock.js';
import { deadline } from '../shared/deadline.js';
import type { SupervisorMessage, WorkerMessage } from '../shared/ipc-protocol.js';
import type { WorkerProcess } from './worker-process.js';

/** Whoever asks waits no longer: a worker whose loop turns answers at once, its look at the database included. */
const ANSWER_LIMIT_MS = 2_000;

/** What a worker can be asked about. */
export type Question = (SupervisorMessage & { type: 'question' })['about'];

/** The questions that a worker has not answered yet. */
export class WorkerQuestions {
  readonly #clock: Clock;
  readonly #pending = new Map<string, (text: string) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns the answer; null when none comes in time or the worker is gone. */
  async ask(worker: Pick<WorkerProcess, 'send' | 'exited'>, about: Question): Promise<string | null> {
    const id = ulid();
    const answered = new Promise<string>((resolve) => this.#pending.set(id, resolve));
    try {
      if (!worker.send({ type: 'question', id, about })) return null;
      const gone = worker.exited.then(() => null);
      const first = () => Promise.race([answered, gone]);
      return await deadline('answer of the worker', ANSWER_LIMIT_MS, first, undefined, this.#clock);
    } catch {
      return null;
    } finally {
      this.#pending.delete(id);
    }
  }

  settle({ id, text }: WorkerMessage & { type: 'answer' }): void {
    this.#pending.get(id)?.(text);
  }
}
