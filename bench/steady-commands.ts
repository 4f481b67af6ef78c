import { setTimeout as sleep } from 'node:timers/promises';
import type { Sandbox } from '../sandbox/index.js';

/** A slash command every few milliseconds, and when each was answered. */
export class SteadyCommands {
  /** Milliseconds since the epoch, in order. */
  readonly answeredAt: number[] = [];
  readonly #sandbox: Sandbox;
  readonly #intervalMs: number;
  readonly #unfollow: () => void;
  #isStopped = false;
  readonly #running: Promise<void>;

  constructor(sandbox: Sandbox, intervalMs: number) {
    this.#sandbox = sandbox;
    this.#intervalMs = intervalMs;
    this.#unfollow = sandbox.recorder.sightings.follow(({ interactionId, kind, at }) => {
      // What was deferred by a worker that takes it up from another is answered by the edit that fills it in.
      if (interactionId !== undefined && kind !== 'deferred') this.answeredAt.push(at);
    });
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    this.#unfollow();
  }

  async #run(): Promise<void> {
    const startedAt = performance.now();
    for (let turn = 1; !this.#isStopped; turn += 1) {
      if (this.#sandbox.gateway.isBotReachable) this.#sandbox.actors.slash({ command: ['roll'] });
      await sleep(Math.max(0, startedAt + turn * this.#intervalMs - performance.now()));
    }
  }
}
