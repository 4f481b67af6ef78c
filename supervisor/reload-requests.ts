import { ulid } from 'ulid';
import { deadline } from '../shared/deadline.js';
import type { WorkerMessage } from '../shared/ipc-protocol.js';
import type { WorkerProcess } from './worker-process.js';

/** A worker whose loop turns answers at once. */
const ANSWER_LIMIT_MS = 5_000;

/** The `reload` messages that a worker has not answered yet. */
export class ReloadRequests {
  readonly #pending = new Map<string, (ok: boolean) => void>();

  /** Sends new settings. @returns the worker's answer; false when none comes in time or the worker is gone. */
  async ask(worker: WorkerProcess, environment: Readonly<Record<string, string>>): Promise<boolean> {
    const id = ulid();
    const answered = new Promise<boolean>((resolve) => this.#pending.set(id, resolve));
    if (!worker.send({ type: 'reload', id, environment })) return false;
    const gone = worker.exited.then(() => false);
    try {
      return await deadline('reload of the worker', ANSWER_LIMIT_MS, () => Promise.race([answered, gone]));
    } catch {
      return false;
    } finally {
      this.#pending.delete(id);
    }
  }

  settle({ id, ok }: WorkerMessage & { type: 'reloaded' }): void {
    this.#pending.get(id)?.(ok);
  }
}
