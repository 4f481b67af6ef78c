import type { Clock } from '../../shared/clock.js';
import { deadline } from '../../shared/deadline.js';
import type { SupervisorMessage } from '../../shared/ipc-protocol.js';
import { uniqueId } from '../../shared/unique-id.js';
import type { WorkerProcess } from './worker-process.js';

/** Requests to a worker that it has not answered yet; a request and its answer have the same id. */
export class WorkerRequests<A> {
  readonly #limitMs: number;
  readonly #clock: Clock;
  readonly #pending = new Map<string, (answer: A) => void>();

  /** @param limitMs how long whoever asks waits. */
  constructor(limitMs: number, clock: Clock) {
    this.#limitMs = limitMs;
    this.#clock = clock;
  }

  /** @returns the answer; null when none comes in time or the worker is gone. */
  async ask(
    worker: Pick<WorkerProcess, 'send' | 'exited'>,
    request: (id: string) => SupervisorMessage,
  ): Promise<A | null> {
    const id = uniqueId();
    const answered = new Promise<A>((resolve) => this.#pending.set(id, resolve));
    try {
      if (!worker.send(request(id))) return null;
      const gone = worker.exited.then(() => null);
      const first = () => Promise.race([answered, gone]);
      return await deadline('answer of the worker', this.#limitMs, first, undefined, this.#clock);
    } catch {
      return null;
    } finally {
      this.#pending.delete(id);
    }
  }

  settle(id: string, answer: A): void {
    this.#pending.get(id)?.(answer);
  }
}
