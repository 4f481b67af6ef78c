import { ulid } from 'ulid';
import {
  type SessionStartLimit,
  type SupervisorMessage,
  supervisorMessageSchema,
  type WorkerMessage,
} from '../../shared/ipc-protocol.js';
import type { Logger } from '../../shared/logging/logger.js';
import { scrub } from '../../shared/scrub.js';
import type { IdentifyLease, IdentifyLeases } from '../discord/identify-leases.js';

type ShutdownMessage = SupervisorMessage & { type: 'shutdown' };
type ReloadMessage = SupervisorMessage & { type: 'reload' };
type Question = SupervisorMessage & { type: 'question' };

/** The worker's end of the IPC channel: validated messages in, everything out dropped once the supervisor is gone. */
export class SupervisorLink implements IdentifyLeases {
  readonly #pending = new Map<string, (lease: IdentifyLease) => void>();
  #onShutdown: (message: ShutdownMessage) => void = () => {};
  #onReload: (environment: ReloadMessage['environment']) => boolean = () => false;
  #onQuestion: (about: Question['about']) => Promise<string> = () => Promise.reject(new Error('nobody knows yet'));
  #onActivate: () => void = () => {};
  #log: Logger | undefined;
  #secrets: readonly string[] = [];

  /** Literals that must not be sent: what the supervisor hears ends up in files and answers of its own. The list may grow. */
  hide(secrets: readonly string[]): void {
    this.#secrets = secrets;
  }

  /** Who is told when the supervisor wants the worker to end. */
  onShutdown(handler: (message: ShutdownMessage) => void): void {
    this.#onShutdown = handler;
  }

  /** Who takes new settings over, and says whether that went well. */
  onReload(handler: (environment: ReloadMessage['environment']) => boolean): void {
    this.#onReload = handler;
  }

  /** Who knows about the worker; a rejection leaves the question without an answer. */
  onQuestion(handler: (about: Question['about']) => Promise<string>): void {
    this.#onQuestion = handler;
  }

  /** Who is told that this standby takes over. */
  onActivate(handler: () => void): void {
    this.#onActivate = handler;
  }

  /** Where bad messages are noted. */
  logTo(log: Logger): void {
    this.#log = log;
  }

  send(message: WorkerMessage): void {
    if (!process.connected) return;
    // The callback takes the error of a channel that closes meanwhile; without it, it would be thrown.
    process.send?.(scrub(message, this.#secrets), undefined, undefined, () => {});
  }

  /** Takes what arrived on the channel. */
  receive(raw: unknown): void {
    const parsed = supervisorMessageSchema.safeParse(raw);
    if (!parsed.success) {
      this.#log?.warn({ event: 'ipc:bad-message' }, '⚠️ Dropped a bad message of the supervisor');
      return;
    }
    const message = parsed.data;
    if (message.type === 'shutdown') this.#onShutdown(message);
    else if (message.type === 'reload') {
      this.send({ type: 'reloaded', id: message.id, ok: this.#onReload(message.environment) });
    } else if (message.type === 'question') void this.#answer(message);
    else if (message.type === 'activate') this.#onActivate();
    else this.#settle(message);
  }

  /** Rejects when `signal` aborts; a supervisor that is gone never answers, but then the worker ends anyway. */
  async lease(shardId: number, limit: SessionStartLimit | null, signal: AbortSignal): Promise<IdentifyLease> {
    signal.throwIfAborted(); // nothing is asked for, and so nothing spent
    const id = ulid();
    let onAbort = () => {};
    try {
      return await new Promise<IdentifyLease>((resolve, reject) => {
        onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
        this.#pending.set(id, resolve);
        this.send({ type: 'identify-lease', id, shardId, limit });
      });
    } finally {
      this.#pending.delete(id);
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #answer({ id, about }: Question): Promise<void> {
    try {
      this.send({ type: 'answer', id, text: await this.#onQuestion(about) });
    } catch (err) {
      this.#log?.warn({ event: 'ipc:question:failed', err, about }, '⚠️ A question of the supervisor was left open');
    }
  }

  #settle(
    message: Exclude<SupervisorMessage, ShutdownMessage | ReloadMessage | Question | { type: 'activate' }>,
  ): void {
    const resolve = this.#pending.get(message.id);
    if (message.type === 'identify-granted') resolve?.({ granted: true, budget: message.budget });
    else resolve?.({ granted: false, retryAfterMs: message.retryAfterMs, reason: message.reason });
  }
}
