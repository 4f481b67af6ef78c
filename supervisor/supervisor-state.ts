import { z } from 'zod';
import type { Clock } from '../shared/clock.js';
import {
  budgetOf,
  decideLease,
  emptyLedger,
  type IdentifyLedger,
  identifyLedgerSchema,
} from '../shared/identify-ledger.js';
import type { InstanceLock } from '../shared/instance-lock.js';
import type { IdentifyBudget, SessionStartLimit } from '../shared/ipc-protocol.js';
import type { Logger } from '../shared/logging/logger.js';
import type { Paths } from '../shared/paths.js';
import { StateFile } from '../shared/state-file.js';
import type { DiskRetry } from './disk-retry.js';
import {
  type HoldReason,
  initialRestartState,
  type RestartState,
  restartStateSchema,
} from './restart/restart-policy.js';

const holdSchema = z.object({
  reason: z.enum(['crash-loop', 'identify-budget']),
  message: z.string(),
  until: z.iso.datetime(),
});
/** Why no worker is started, and until when (ISO-8601 UTC). */
export type Hold = z.infer<typeof holdSchema> & { reason: HoldReason };

const currentRunSchema = z.object({
  runId: z.string(),
  pid: z.number().int(),
  startedAt: z.iso.datetime(),
  /** Spawn to `ready`; null until then. */
  readyMs: z.number().nonnegative().nullable(),
});
/** A run whose end has not been recorded yet. */
export type CurrentRun = z.infer<typeof currentRunSchema>;

const deployedSchema = z.object({
  /** The folder of the build that was deployed. */
  root: z.string(),
  /** The folder of the supervisor that did it. */
  supervisorRoot: z.string(),
});
/** A build other than the supervisor's own, from which workers are started. */
export type Deployed = z.infer<typeof deployedSchema>;

const supervisorDataSchema = z.object({
  /** Counts the supervisors of this state folder. */
  epoch: z.number().int().nonnegative(),
  run: currentRunSchema.nullable().default(null),
  /** Runs that have ended while their end was not recorded yet: the next one does not wait for the disk. */
  ended: z.array(currentRunSchema).default([]),
  restart: restartStateSchema,
  hold: holdSchema.nullable(),
  deployed: deployedSchema.nullable().default(null),
});
type SupervisorData = z.infer<typeof supervisorDataSchema>;

/** Whether one IDENTIFY may be sent; if not, when it is worth asking again. */
export type LeaseAnswer =
  | { readonly granted: true; readonly budget: IdentifyBudget }
  | { readonly granted: false; readonly retryAfterMs: number; readonly budget: IdentifyBudget };

/**
 * What the supervisor must remember over its own restarts and reboots: `supervisor.json` (crashes and holds) and
 * `identify-ledger.json`. Every write is fenced by the lock: a supervisor that was paused and lost it never writes again.
 */
export class SupervisorState {
  readonly #lock: InstanceLock;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #retry: DiskRetry;
  readonly #ledgerFile: StateFile<IdentifyLedger>;
  readonly #dataFile: StateFile<SupervisorData>;
  #ledger: IdentifyLedger = emptyLedger();
  #data: SupervisorData = emptyData();

  constructor(options: { paths: Paths; lock: InstanceLock; retry: DiskRetry; log: Logger; clock: Clock }) {
    this.#lock = options.lock;
    this.#log = options.log;
    this.#clock = options.clock;
    this.#retry = options.retry;
    const guard = () => options.lock.assertHeld();
    const common = { schemaVersion: 1, runId: options.lock.owner.nonce, guard };
    this.#ledgerFile = new StateFile<IdentifyLedger>({
      ...common,
      path: options.paths.identifyLedger,
      kind: 'identify-ledger',
      schema: identifyLedgerSchema,
      empty: emptyLedger,
    });
    this.#dataFile = new StateFile<SupervisorData>({
      ...common,
      path: options.paths.supervisorState,
      kind: 'supervisor',
      schema: supervisorDataSchema,
      empty: emptyData,
    });
  }

  /** @throws TuxError TUX_STATE_NEWER (78) when a newer supervisor wrote the files. */
  async load(): Promise<void> {
    this.#ledger = await this.#read(this.#ledgerFile);
    const data = await this.#read(this.#dataFile);
    await this.#saveData({ ...data, epoch: data.epoch + 1 });
  }

  /** @throws TuxError TUX_LOCK_LOST (73) when another supervisor has taken over: then nothing more may be done. */
  assertHeld(): void {
    this.#lock.assertHeld();
  }

  get ledger(): IdentifyLedger {
    return this.#ledger;
  }

  get budget(): IdentifyBudget {
    return budgetOf(this.#ledger, this.#clock.now());
  }

  get restart(): RestartState {
    return this.#data.restart;
  }

  get hold(): Hold | null {
    return this.#data.hold;
  }

  /**
   * Notes how the policy sees things now; `hold` while the next start is held back. That a disk does not take it is logged, and it is
   * written as soon as the disk does: until then it costs the memory of this crash over a restart of the supervisor, not the bot.
   *
   * @throws TuxError TUX_LOCK_LOST (73) when another supervisor has taken over.
   */
  saveRestart(restart: RestartState, hold: Hold | null): Promise<void> {
    return this.#saveIfPossible({ ...this.#data, restart, hold });
  }

  /** Runs without a line in the history yet, oldest first: those of an earlier supervisor, until there is a new one. */
  get unrecorded(): readonly CurrentRun[] {
    const { ended, run } = this.#data;
    return run === null ? ended : [...ended, run];
  }

  /** Null: workers are started from the supervisor's own build. */
  get deployed(): Deployed | null {
    return this.#data.deployed;
  }

  /** Remembers what was deployed. Fails like {@link saveRestart}. */
  saveDeployed(deployed: Deployed | null): Promise<void> {
    return this.#saveIfPossible({ ...this.#data, deployed });
  }

  /** Notes the run that has begun. Fails like {@link saveRestart}. */
  saveRun(run: CurrentRun): Promise<void> {
    return this.#saveIfPossible({ ...this.#data, run, ended: [...this.unrecorded] });
  }

  /** The end of this run is recorded. Fails like {@link saveRestart}. */
  forgetRun(runId: string): Promise<void> {
    const { ended, run } = this.#data;
    return this.#saveIfPossible({
      ...this.#data,
      run: run?.runId === runId ? null : run,
      ended: ended.filter((other) => other.runId !== runId),
    });
  }

  /** Grants one IDENTIFY if it leaves the reserve untouched. It is on disk before it is granted. */
  async leaseIdentify(limit: SessionStartLimit | null, reserve: number): Promise<LeaseAnswer> {
    const { ledger, budget, isGranted, retryAfterMs } = decideLease(this.#ledger, limit, reserve, this.#clock.now());
    await this.#saveLedger(ledger);
    return isGranted ? { granted: true, budget } : { granted: false, retryAfterMs, budget };
  }

  async #saveLedger(ledger: IdentifyLedger): Promise<void> {
    this.#lock.assertHeld();
    this.#ledger = ledger;
    await this.#ledgerFile.save(ledger);
  }

  /** The present run serves: nothing is held any more. Fails like {@link saveRestart}. */
  saveReady(readyMs: number): Promise<void> {
    const { run } = this.#data;
    return this.#saveIfPossible({ ...this.#data, hold: null, run: run && { ...run, readyMs } });
  }

  async #saveIfPossible(data: SupervisorData): Promise<void> {
    this.#lock.assertHeld();
    await this.#saveData(data).catch((error: unknown) => {
      this.#lock.assertHeld();
      this.#log.error({ event: 'state:write-failed', err: error }, '❌ Could not write supervisor.json');
      this.#retry.add(this.#dataFile.path, () => this.#saveData(this.#data));
    });
  }

  async #saveData(data: SupervisorData): Promise<void> {
    this.#lock.assertHeld();
    this.#data = data;
    await this.#dataFile.save(data);
  }

  async #read<T>(file: StateFile<T>): Promise<T> {
    const loaded = await file.load();
    if (loaded.outcome === 'quarantined') {
      const { archivePath, problem } = loaded;
      this.#log.error(
        { event: 'state:quarantined', path: file.path, archivePath, problem },
        `❌ ${file.path} could not be read (${problem}); it was kept as ${archivePath}`,
      );
    }
    return loaded.data;
  }
}

function emptyData(): SupervisorData {
  return { epoch: 0, run: null, ended: [], restart: initialRestartState(), hold: null, deployed: null };
}
