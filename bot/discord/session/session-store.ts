import { version as library } from 'discord.js';
import type { Clock } from '../../../shared/clock.js';
import type { FreshSessionReason } from '../../../shared/ipc-protocol.js';
import type { Logger } from '../../../shared/logging/logger.js';
import { readStateData, StateFile } from '../../../shared/state-file.js';
import type { SessionIdentity } from './resume-policy.js';
import { applicationIdOf, fingerprintOf, type SessionRecord, sessionRecordSchema } from './session-record.js';

/** Tux runs one shard. */
const SHARD_COUNT = 1;

const fileSchema = sessionRecordSchema.nullable();

export interface SessionStoreOptions {
  /** Absolute path of `gateway-session.json`. */
  readonly path: string;
  readonly runId: string;
  readonly token: string;
  /** REST endpoint other than Discord's. */
  readonly apiUrl: string | undefined;
  readonly intents: number;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

/** Why there is no session of the worker before. */
export type NoSession = Extract<FreshSessionReason, 'no-session' | `session-${string}`>;

/** What READY tells of a new session. */
export type OpenedSession = Pick<SessionRecord, 'sessionId' | 'resumeUrl' | 'applicationId'>;

/** `gateway-session.json`: which session the next worker can go on with, and what has to be the same there for that. */
export class SessionStore {
  /** What has to be the same for a session to go on, as it is in this worker. */
  readonly identity: SessionIdentity;
  readonly #options: Pick<SessionStoreOptions, 'path' | 'clock' | 'log'>;
  readonly #file: StateFile<SessionRecord | null>;
  /** Settles when everything up to now is written, or could not be; never rejects. */
  #written: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor({ path, runId, token, apiUrl, intents, clock, log }: SessionStoreOptions) {
    this.identity = {
      apiUrl: apiUrl ?? null,
      tokenHash: fingerprintOf(token),
      applicationId: applicationIdOf(token),
      intents,
      shardCount: SHARD_COUNT,
      library,
    };
    this.#options = { path, clock, log };
    this.#file = new StateFile<SessionRecord | null>({
      path,
      kind: 'gateway-session',
      schemaVersion: 1,
      isCache: true, // costs one IDENTIFY
      schema: fileSchema,
      empty: () => null,
      runId,
      now: () => new Date(clock.now()),
    });
  }

  /** The session in the file as it stands; null when there is none or it cannot be read. Changes nothing: another process may write it. */
  peek(): Promise<SessionRecord | null> {
    return readStateData(this.#options.path, fileSchema);
  }

  /**
   * The session that the worker before left, or why there is none. A file that is damaged, or that a newer Tux wrote, is put aside,
   * with a line in the log.
   *
   * @throws TuxError TUX_STATE_READ when the disk or the permissions keep it from being read.
   */
  async load(): Promise<SessionRecord | NoSession> {
    const { data, outcome, problem, archivePath } = await this.#file.load();
    if (outcome === 'quarantined' || outcome === 'newer') {
      const fields = { event: 'session:broken', problem, archivePath };
      const text = `⚠️ gateway-session.json cannot be used and was put aside; a new session is begun: ${problem}`;
      this.#options.log.warn(fields, text);
      return outcome === 'newer' ? 'session-version' : 'session-damaged';
    }
    return data ?? 'no-session';
  }

  /** Writes, soon, that this is the session now. A write that fails is logged. */
  note(opened: OpenedSession): void {
    this.#save({ ...this.identity, ...opened, openedAt: new Date(this.#options.clock.now()).toISOString() });
  }

  /** Writes, soon, that there is no session to go on with. A write that fails is logged. */
  forget(): void {
    this.#save(null);
  }

  /**
   * Waits for what is being written, and writes nothing after that: the file may be the next worker's by then.
   *
   * @param keep whether the session stays in the file, for the next worker.
   * @throws TuxError TUX_STATE_WRITE when it is not to stay and could not be taken out.
   */
  async close(keep: boolean): Promise<void> {
    this.#isClosed = true;
    await this.#written;
    if (!keep) await this.#file.save(null);
  }

  /** One after the other, so that the last is what stays. */
  #save(record: SessionRecord | null): void {
    if (this.#isClosed) return;
    this.#written = this.#written
      .then(() => this.#file.save(record))
      .catch((err: unknown) => {
        const text = '⚠️ gateway-session.json could not be written';
        this.#options.log.warn({ event: 'session:save:failed', err }, text);
      });
  }
}
