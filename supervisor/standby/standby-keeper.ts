import type { Clock } from '../../shared/clock.js';
import type { Config } from '../../shared/config/load.js';
import type { StandbyStatus } from '../../shared/control/status.js';
import { describeError } from '../../shared/errors.js';
import type { StandbyReport } from '../../shared/ipc-protocol.js';
import { isoTime } from '../../shared/iso-time.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { MemoryFacts } from '../../shared/memory-facts.js';
import type { SupervisionEvents } from '../supervision-observer.js';
import { decideStandby, delayAfterFailures, FAILURES_TO_TELL, GOOD_LIFE_MS } from './standby-policy.js';
import type { StandbyProcess } from './standby-process.js';

/** How often memory and the build on disk are looked at. */
const LOOK_EVERY_MS = 60_000;
/** After Tux got ready: its first work comes first. */
const SETTLE_MS = 1_000;

/** A standby, as its keeper needs it. */
export type KeptStandby = Pick<
  StandbyProcess,
  | 'runId'
  | 'pid'
  | 'environment'
  | 'prepared'
  | 'over'
  | 'report'
  | 'rssBytes'
  | 'isUsable'
  | 'ageMs'
  | 'activate'
  | 'end'
>;

export interface StandbyKeeperOptions {
  /** Read at each use: its settings may change. */
  readonly config: Pick<Config, 'env'>;
  /** Starts one. @throws TuxError TUX_SPAWN. */
  readonly launch: (environment: Readonly<Record<string, string>>) => KeptStandby;
  /** The environment of the next worker, as things are now. */
  readonly environment: () => Readonly<Record<string, string>>;
  /** Whether what is on disk is the build that serves: another one has to be looked at before it may. */
  readonly isCurrentBuild: () => boolean;
  readonly memory: () => MemoryFacts;
  readonly log: Logger;
  readonly clock: Clock;
  readonly events: Pick<SupervisionEvents, 'onChange'>;
}

interface Kept {
  readonly standby: KeptStandby;
  /** Somebody else brought it, who has to know what it is good for. */
  readonly isAdopted: boolean;
}

/**
 * Sees to it that there is a standby where there should be one: starts it once Tux serves, replaces one that failed or is
 * outdated, and hands it over. All of this is quiet; one that fails again and again is told of once, and tried less and less often.
 */
export class StandbyKeeper {
  readonly #options: StandbyKeeperOptions;
  readonly #closed = new AbortController();
  readonly #running: Promise<void>;
  /** One promise for each standby that was told to end, until it is reaped. */
  readonly #ending = new Set<Promise<void>>();
  #kept: Kept | null = null;
  /** How many were started. */
  #starts = 0;
  #isServing = false;
  /** Monotonic: none is started before. */
  #notBefore = 0;
  #failures = 0;
  #lastBytes: number | null = null;
  #status: StandbyStatus;
  #wake = new AbortController();
  #isPoked = false;

  constructor(options: StandbyKeeperOptions) {
    this.#options = options;
    this.#status = this.#describe('waiting', WAITS_FOR_TUX);
    this.#running = this.#run();
  }

  get status(): StandbyStatus {
    return { ...this.#status, rssBytes: this.#kept?.standby.rssBytes ?? null };
  }

  /** How many were started since the supervisor did. */
  get starts(): number {
    return this.#starts;
  }

  /** Tux serves: there is time for a standby. */
  noteServing(): void {
    this.#isServing = true;
    this.#notBefore = Math.max(this.#notBefore, this.#options.clock.monotonic() + SETTLE_MS);
    this.#poke();
  }

  /** Looks whether the settings have changed: a standby with others is replaced. */
  noteSettings(): void {
    this.#poke();
  }

  /**
   * Hands the standby over, if there is one that fits.
   *
   * @param environment what the next worker has to run with.
   */
  take(environment: Readonly<Record<string, string>>): KeptStandby | null {
    const kept = this.#kept;
    this.#isServing = false;
    if (!kept?.standby.isUsable) return null;
    if (!kept.isAdopted && !isSame(kept.standby.environment, environment)) {
      this.#drop('the settings have changed');
      return null;
    }
    this.#kept = null;
    this.#failures = 0;
    this.#show('waiting', WAITS_FOR_TUX);
    return kept.standby;
  }

  /**
   * Gives the standby to somebody who keeps it for later, and ends it. Null when there is none that could take over, or no memory to
   * keep it beside another.
   */
  release(): KeptStandby | null {
    const { config, memory } = this.#options;
    const standby = this.#kept?.standby;
    if (!standby?.isUsable || standby.report === null) return null;
    const facts = { memory: memory(), isThere: true, lastBytes: this.#lastBytes };
    if (!decideStandby({ mode: config.env.TUX_STANDBY, ...facts }).isWanted) return null;
    this.#kept = null;
    this.#show('waiting', WAITS_FOR_TUX);
    return standby;
  }

  /**
   * Keeps this one from now on, which somebody else has prepared, from another build perhaps; the one before is ended. It stays
   * until it is taken, whatever the memory and the settings say.
   */
  adopt(standby: KeptStandby): void {
    this.#drop('another one takes its place');
    this.#keep({ standby, isAdopted: true });
  }

  /** Ends the standby and keeps none any more. Resolves, for each who calls it, when all that it has ended are reaped. */
  async close(): Promise<void> {
    const standby = this.#kept?.standby;
    this.#kept = null;
    this.#closed.abort();
    this.#poke();
    this.#show('off', 'the supervisor stops');
    if (standby) this.#end(standby, 'the supervisor stops');
    await Promise.all([this.#running, ...this.#ending]);
  }

  async #run(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      let napMs = LOOK_EVERY_MS;
      try {
        napMs = this.#look();
      } catch (error) {
        this.#options.log.error({ event: 'standby:keeper-failed', err: error }, `❌ ${describeError(error)}`);
      }
      await this.#nap(napMs);
    }
  }

  /** Does what there is to do now. @returns how long until the next look, in ms. */
  #look(): number {
    const { config, memory } = this.#options;
    if (this.#kept?.isAdopted) return LOOK_EVERY_MS;
    const { isWanted, reason } = decideStandby({
      mode: config.env.TUX_STANDBY,
      memory: memory(),
      isThere: this.#kept !== null,
      lastBytes: this.#lastBytes,
    });
    if (!isWanted) {
      this.#drop(reason ?? 'it is not wanted');
      this.#show('off', reason);
      return LOOK_EVERY_MS;
    }
    return this.#kept ? this.#checkKept(this.#kept) : this.#prepareOne();
  }

  /** One of the build that serves stays when there is another on disk: it is all that is left of what is known to work. */
  #checkKept({ standby }: Kept): number {
    if (isSame(standby.environment, this.#options.environment())) return LOOK_EVERY_MS;
    this.#drop('the settings have changed');
    return 0;
  }

  #prepareOne(): number {
    const { clock, environment, isCurrentBuild, launch, log } = this.#options;
    if (!this.#isServing) {
      this.#show('waiting', WAITS_FOR_TUX);
      return LOOK_EVERY_MS;
    }
    const leftMs = this.#notBefore - clock.monotonic();
    if (leftMs > 0) {
      this.#show('waiting', this.#failures > 0 ? `${this.#failures} in a row failed` : 'Tux has just become ready');
      return leftMs;
    }
    if (!isCurrentBuild()) {
      this.#show('waiting', OTHER_BUILD);
      return LOOK_EVERY_MS;
    }
    this.#starts += 1;
    try {
      const standby = launch(environment());
      log.debug({ event: 'standby:started', pid: standby.pid, runId: standby.runId }, 'Preparing a standby');
      this.#keep({ standby, isAdopted: false });
      return LOOK_EVERY_MS;
    } catch (error) {
      this.#noteFailure(describeError(error));
      return 0;
    }
  }

  #keep(kept: Kept): void {
    const { standby } = kept;
    this.#kept = kept;
    this.#show(standby.report ? 'ready' : 'preparing', null);
    void standby.prepared.then(
      (report) => this.#noteReady(kept, report),
      () => {}, // `over` tells
    );
    void standby.over.then((problem) => {
      if (this.#kept !== kept) return;
      this.#kept = null;
      const wasGood = standby.report !== null && standby.ageMs >= GOOD_LIFE_MS;
      if (wasGood) this.#failures = 0;
      this.#noteFailure(problem);
      this.#poke();
    });
  }

  #noteReady(kept: Kept, report: StandbyReport): void {
    if (this.#kept !== kept) return;
    const { pid, runId } = kept.standby;
    const { preparedMs, rssBytes, bytesAhead = 0, problems } = report;
    this.#lastBytes = Math.max(0, rssBytes - bytesAhead); // the next one fills nothing ahead where that would be too much
    this.#show('ready', null);
    const took = `${(preparedMs / 1000).toFixed(1)} s`;
    const fields = { event: 'standby:ready', pid, runId, preparedMs, rssBytes, bytesAhead, problems };
    this.#options.log.info(fields, `🔧 Standby ready after ${took}, pid ${pid}`);
  }

  #noteFailure(problem: string): void {
    const { log, clock } = this.#options;
    this.#failures += 1;
    const delayMs = delayAfterFailures(this.#failures);
    this.#notBefore = clock.monotonic() + delayMs;
    const fields = { event: 'standby:failed', problem, failures: this.#failures, delayMs };
    if (this.#failures === FAILURES_TO_TELL) {
      const again = 'it is tried again, less and less often; Tux itself is not affected';
      log.warn(fields, `⚠️ No standby: ${this.#failures} in a row failed (${problem}); ${again}`);
    } else log.debug(fields, `The standby is replaced: ${problem}`);
    this.#show('waiting', `the last one failed: ${problem}`);
  }

  #drop(why: string): void {
    const standby = this.#kept?.standby;
    if (!standby) return;
    this.#kept = null;
    this.#options.log.debug({ event: 'standby:dropped', pid: standby.pid, why }, `The standby is given up: ${why}`);
    this.#show('waiting', why);
    this.#end(standby, why);
  }

  #end(standby: KeptStandby, why: string): void {
    const ending = standby.end(why).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  #show(state: StandbyStatus['state'], reason: string | null): void {
    const before = this.#status;
    const next = this.#describe(state, reason);
    const isSameState = before.state === state && before.pid === next.pid;
    this.#status = isSameState ? { ...next, since: before.since } : next;
    if (!isSameState || before.reason !== reason) this.#options.events.onChange();
  }

  #describe(state: StandbyStatus['state'], reason: string | null): StandbyStatus {
    const standby = this.#kept?.standby;
    return {
      state,
      reason,
      pid: standby?.pid ?? null,
      rssBytes: null,
      preparedMs: standby?.report?.preparedMs ?? null,
      since: isoTime(this.#options.clock.now()),
    };
  }

  #poke(): void {
    this.#isPoked = true;
    this.#wake.abort();
  }

  async #nap(ms: number): Promise<void> {
    if (this.#isPoked || ms <= 0) {
      this.#isPoked = false;
      return;
    }
    this.#wake = new AbortController();
    await this.#options.clock.sleep(ms, this.#wake.signal).catch(() => {}); // poked
    this.#isPoked = false;
  }
}

const WAITS_FOR_TUX = 'it is prepared once Tux serves';
const OTHER_BUILD = 'the build on disk is not the one that serves; to bring it into service: tux-supervisor deploy';

function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
