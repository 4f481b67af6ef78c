import { once } from 'node:events';
import type { Clock } from '../../shared/clock.js';
import { type Build, describeBuild } from '../../shared/control/build.js';
import { isoTime } from '../../shared/iso-time.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { ExitVerdict } from '../restart/exit-policy.js';
import type { KeptStandby, StandbyKeeper } from '../standby/standby-keeper.js';
import type { SupervisionEvents } from '../supervision-observer.js';
import type { RunEnd } from '../worker/run-outcome.js';
import type { WorkerRun } from '../worker/worker-run.js';
import type { BuildChoice } from './build-choice.js';
import { cogsOf } from './cogs-of.js';
import { type CogState, judgeNewBuild, lostCogs, PROBATION_MS } from './probation-policy.js';
import { isSameBuild, readBuild } from './read-build.js';

/** What is needed of a worker that is watched. */
export type WatchedRun = Pick<WorkerRun, 'ask' | 'stop' | 'wasReady' | 'isClosing'>;

export interface ProbationOptions {
  readonly builds: Pick<BuildChoice, 'choose' | 'noteFailed'>;
  readonly standby: Pick<StandbyKeeper, 'adopt'>;
  /** The present run; null between two. */
  readonly worker: () => WatchedRun | null;
  readonly log: Logger;
  readonly clock: Clock;
  readonly events: Pick<SupervisionEvents, 'onSwappedBack' | 'onChange'>;
}

/** A build that takes over, and what there is to go back to. */
export interface NewBuild {
  readonly build: Build;
  /** What served before; null: nobody knows. */
  readonly previous: Build | null;
  /** The run of that which is to end for this one; null when none runs. */
  readonly lastRunId: string | null;
  /** A standby of the build before, which is kept until this is over; null without one. */
  readonly fallback: KeptStandby | null;
  /** Names of the migrations that it is going to run. */
  readonly pendingMigrations: readonly string[];
  /** Cogs of the build before; empty when it could not say. */
  readonly cogsBefore: readonly CogState[];
}

interface Watched extends NewBuild {
  /** ISO-8601 UTC. */
  readonly since: string;
  /** Aborts when it is clear what becomes of it. */
  readonly over: AbortController;
  /** Its worker is being ended because it is no good. */
  isFailing: boolean;
}

/** How long the worker that is no good has to end. */
const STOP_LIMIT_MS = 5_000;

/**
 * The first minute of a new build. A worker of it that fails is not started anew: the build before is swapped back, by the standby
 * that was kept of it or from its folder, and the operator is told.
 */
export class Probation {
  readonly #options: ProbationOptions;
  #current: Watched | null = null;
  /** The look at the cogs of the worker that got ready last. */
  #looking: Promise<void> = Promise.resolve();
  #swappedBack: { readonly build: Build; readonly reason: string } | null = null;

  constructor(options: ProbationOptions) {
    this.#options = options;
  }

  /** What is being watched. */
  get current(): Pick<Watched, 'build' | 'since'> | null {
    return this.#current;
  }

  /** Why this build, if it was the last one to be watched, was swapped back; null when it was not. */
  reasonOfSwapBack(build: Build): string | null {
    const last = this.#swappedBack;
    return last && isSameBuild(last.build, build) ? last.reason : null;
  }

  /** The build takes over now. A fallback is this object's to end from here on. */
  begin(next: NewBuild): void {
    this.#end();
    const over = new AbortController();
    const { clock, events } = this.#options;
    this.#current = { ...next, since: isoTime(clock.now()), over, isFailing: false };
    this.#swappedBack = null;
    void clock.sleep(PROBATION_MS, over.signal).then(
      () => this.#timeUp(),
      () => {}, // it is over
    );
    events.onChange();
  }

  /** A worker is ready: a cog that the build before had must be there. */
  noteReady(run: WatchedRun): Promise<void> {
    this.#looking = this.#lookAtCogs(run);
    return this.#looking;
  }

  /** Resolves when a worker that is ready has been looked at and, if it is no good, when it is clear what becomes of it. */
  async settled(): Promise<void> {
    const watched = this.#current;
    await this.#looking;
    if (watched?.isFailing && !watched.over.signal.aborted) await once(watched.over.signal, 'abort');
  }

  async #lookAtCogs(run: WatchedRun): Promise<void> {
    const watched = this.#current;
    if (!watched) return;
    const lost = lostCogs(watched.cogsBefore, await cogsOf(run));
    if (lost.length === 0 || this.#current !== watched || run.isClosing) return;
    this.#fail(
      run,
      lost.map(({ name, reason }) => `cog ${name} failed in the new build: ${reason ?? 'see the log'}`).join('; '),
    );
  }

  /**
   * A worker has ended.
   *
   * @returns whether the build before is to be started now, whatever the verdict says otherwise.
   * @throws TuxError TUX_LOCK_LOST (73).
   */
  async noteEnd({ runId, hadDatabase }: RunEnd, { class: runClass, reason }: ExitVerdict): Promise<boolean> {
    const watched = this.#current;
    if (!watched || runId === watched.lastRunId) return false;
    const { pendingMigrations } = watched;
    const previous = whereIs(watched);
    const verdict = judgeNewBuild({ runClass, reason, pendingMigrations, hadDatabase, previous });
    if (verdict.kind === 'innocent') return false;
    const isBack = verdict.kind === 'swap-back' && watched.previous !== null;
    if (isBack) await this.#swapBack(watched, watched.previous, verdict.reason);
    else this.#tellNoWayBack(watched.build, verdict.reason);
    this.#end();
    return isBack;
  }

  /** Ends what is kept. Resolves when it is gone. */
  async close(): Promise<void> {
    const fallback = this.#current?.fallback;
    this.#end();
    await fallback?.end('the supervisor stops');
  }

  async #swapBack({ build, fallback }: NewBuild, previous: Build, reason: string): Promise<void> {
    const { builds, standby, log, events } = this.#options;
    this.#swappedBack = { build, reason };
    builds.noteFailed(build);
    await builds.choose(previous);
    const isReady = fallback?.isUsable === true;
    if (isReady) {
      standby.adopt(fallback);
      if (this.#current) this.#current = { ...this.#current, fallback: null }; // it is the keeper's now
    }
    log.error(
      { event: 'deploy:swapped-back', build, previous, reason, byStandby: isReady },
      `❌ The new build ${describeBuild(build)} failed: ${reason}; ${describeBuild(previous)} takes over again`,
    );
    events.onSwappedBack({ build, previous, reason });
  }

  #tellNoWayBack(build: Build, reason: string): void {
    const { log } = this.#options;
    log.error(
      { event: 'deploy:no-way-back', build, reason },
      `❌ The new build ${describeBuild(build)} failed, and the one before cannot take over: ${reason}`,
    );
  }

  #timeUp(): void {
    const { worker, log } = this.#options;
    const run = worker();
    if (run && !run.wasReady && !run.isClosing) {
      this.#fail(run, `it is not ready ${PROBATION_MS / 1000} s after it took over`);
      return; // its end is judged
    }
    log.info({ event: 'deploy:proven', build: this.#current?.build }, '✅ The new build has served for a minute');
    this.#end();
  }

  #fail(run: WatchedRun, message: string): void {
    if (this.#current) this.#current.isFailing = true;
    const reason = { kind: 'start-failed', message, by: 'tux-supervisor' } as const;
    run.stop({ kind: 'start-timeout', reason: message }, reason, STOP_LIMIT_MS);
  }

  #end(): void {
    const watched = this.#current;
    if (!watched) return;
    this.#current = null;
    watched.over.abort();
    void watched.fallback?.end('the new build stays');
    this.#options.events.onChange();
  }
}

/** Where the build before is to be had from. */
function whereIs({ fallback, previous }: NewBuild): 'standby' | 'disk' | 'gone' {
  if (fallback?.isUsable) return 'standby';
  if (previous === null) return 'gone';
  try {
    return isSameBuild(readBuild(previous.root), previous) ? 'disk' : 'gone';
  } catch {
    return 'gone';
  }
}
