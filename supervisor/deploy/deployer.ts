import type { Clock } from '../../shared/clock.js';
import { type Build, describeBuild } from '../../shared/control/build.js';
import type { DeployResult } from '../../shared/control/deploy-result.js';
import type { Status } from '../../shared/control/status.js';
import { describeError, TuxError } from '../../shared/errors.js';
import { ExitCode } from '../../shared/exit-codes.js';
import { isoTime } from '../../shared/iso-time.js';
import type { Logger } from '../../shared/logging/logger.js';
import { stoppingError } from '../restart/restart-errors.js';
import type { KeptStandby, StandbyKeeper } from '../standby/standby-keeper.js';
import type { StandbyProcess } from '../standby/standby-process.js';
import type { ConfigReload, SettingsAhead } from '../start/config-reload.js';
import type { SupervisionEvents } from '../supervision-observer.js';
import type { Supervisor } from '../supervisor.js';
import type { BuildChoice } from './build-choice.js';
import { cogsOf } from './cogs-of.js';
import type { Probation } from './probation.js';
import type { CogState } from './probation-policy.js';
import { isSameBuild, programOf, readBuild } from './read-build.js';

/** A process of a new build that is being looked at. */
export type Candidate = KeptStandby & Pick<StandbyProcess, 'problems'>;

export interface DeployerOptions {
  readonly builds: BuildChoice;
  readonly probation: Probation;
  readonly standby: Pick<StandbyKeeper, 'adopt' | 'release'>;
  readonly reload: Pick<ConfigReload, 'ahead'>;
  /** Starts a process of a build that prepares itself, after a preflight unless that is left out. @throws TuxError TUX_SPAWN. */
  readonly launch: (program: string, environment: Readonly<Record<string, string>>, preflight: boolean) => Candidate;
  readonly supervisor: () => Pick<Supervisor, 'worker' | 'restart' | 'isStopping'>;
  readonly log: Logger;
  readonly clock: Clock;
  readonly events: Pick<SupervisionEvents, 'onDeployRefused' | 'onChange'>;
}

/** Which build is to be brought into service, by whom, and how. */
export interface DeployRequest {
  /** The folder of the build; null: the one from which workers are started. */
  readonly root: string | null;
  readonly by: string;
  /** Leaves the preflight out. What cannot even be prepared is refused all the same. */
  readonly force: boolean;
}

/**
 * Brings new builds into service: looks at a build while the one before serves, and swaps the two only when nothing speaks against
 * it. One at a time.
 */
export class Deployer {
  readonly #options: DeployerOptions;
  #stage: { readonly stage: 'preflight' | 'swap'; readonly build: Build; readonly since: string } | null = null;
  #isBusy = false;
  #candidate: Candidate | null = null;
  /** Of the last candidate that was given up; whoever gives up waits for it. */
  #ending: Promise<void> = Promise.resolve();
  #isNewBuildWanted = false;
  #isClosed = false;

  constructor(options: DeployerOptions) {
    this.#options = options;
  }

  /** For `status`. */
  get status(): Status['deploy'] {
    const { probation } = this.#options;
    if (this.#stage) return this.#stage;
    return probation.current && { stage: 'watched', ...probation.current };
  }

  /**
   * Whether workers would be started from another build than the one that serves.
   *
   * @throws TuxError TUX_BUILD_FAILED (exit 78) when it is one that was swapped back.
   */
  isNewOnDisk(): boolean {
    const { builds } = this.#options;
    const onDisk = builds.onDisk();
    if (builds.active === null || isSameBuild(builds.active, onDisk)) return false;
    if (!builds.hasFailed(onDisk)) return true;
    throw new TuxError('TUX_BUILD_FAILED', `The build on disk, ${describeBuild(onDisk)}, was swapped back`, {
      exitCode: ExitCode.CONFIG,
      hint: 'put it right, then: tux-supervisor deploy',
    });
  }

  /**
   * Looks at a build and swaps it in. Resolves when Tux is ready, or with why it was refused.
   *
   * @throws TuxError TUX_NO_BUILD (exit 64); TUX_DEPLOYING when one is under way; TUX_CONFIG (exit 78) when the settings are not
   * valid for this supervisor; one of `restart-errors`.
   */
  async deploy(request: DeployRequest): Promise<DeployResult> {
    if (this.#isBusy)
      throw new TuxError('TUX_DEPLOYING', 'A deploy is under way', { exitCode: ExitCode.FAILURE, hint: 'wait for it' });
    this.#isBusy = true;
    try {
      return await this.#deploy(request);
    } finally {
      await this.#giveUp('the deploy failed'); // nothing is left to give up where it did not
      this.#isBusy = false;
      this.#show(null);
    }
  }

  async #deploy({ root, by, force }: DeployRequest): Promise<DeployResult> {
    const { builds, probation, reload, supervisor, clock, log } = this.#options;
    const build = readBuild(root ?? builds.root);
    const previous = builds.active;
    const nothing = { build, previous, problems: [], preflightMs: null, swapMs: null, runId: null, pid: null };
    if (previous && isSameBuild(previous, build) && !force) return { ...nothing, outcome: 'unchanged' };
    const settings = reload.ahead();
    const startedAt = clock.monotonic();
    this.#show('preflight', build);
    log.info({ event: 'deploy:preflight', build, by }, `🔧 Looking at ${describeBuild(build)} for ${by}`);
    const problems = await this.#prepare(build, settings.environment, !force);
    const preflightMs = Math.round(clock.monotonic() - startedAt);
    if (!this.#candidate) {
      this.#tellRefused(build, problems);
      return { ...nothing, outcome: 'refused', problems: [...problems], preflightMs };
    }
    if (!isSameBuild(build, readBuild(build.root))) {
      await this.#giveUp('its files have changed meanwhile');
      return {
        ...nothing,
        outcome: 'refused',
        problems: ['its files have changed while it was looked at; deploy it again'],
        preflightMs,
      };
    }
    const cogsBefore = await cogsOf(supervisor().worker);
    if (supervisor().isStopping || !this.#candidate) {
      await this.#giveUp('the supervisor stops');
      throw stoppingError();
    }
    this.#show('swap', build);
    const swappedAt = clock.monotonic();
    await this.#swap(build, this.#candidate, settings, cogsBefore);
    const { runId, pid } = await supervisor().restart(`${by}, for build ${build.version}`, force);
    const swapMs = Math.round(clock.monotonic() - swappedAt);
    await probation.settled();
    const done = { ...nothing, preflightMs, swapMs, runId, pid };
    const failure = probation.reasonOfSwapBack(build);
    return failure === null
      ? { ...done, outcome: 'deployed', problems: [...problems] }
      : { ...done, outcome: 'swapped-back', problems: [failure] };
  }

  /** The worker has begun to end because somebody asked it to restart, perhaps to see a new build. */
  noteOwnRestart(): void {
    this.#isNewBuildWanted = true;
  }

  /**
   * A worker is ready. If somebody asked for a restart and the standby of the build before has taken over, nobody had to wait; the
   * new build, if there is one, is looked at now and swapped in like any other.
   */
  noteReady(): void {
    if (!this.#isNewBuildWanted) return;
    this.#isNewBuildWanted = false;
    void this.#deployFound().catch((error: unknown) => {
      this.#options.log.error({ event: 'deploy:failed', err: error }, `❌ ${describeError(error)}`);
    });
  }

  /** Ends what is being looked at. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#giveUp('the supervisor stops');
  }

  async #deployFound(): Promise<void> {
    if (this.#isBusy || this.#isClosed || !this.isNewOnDisk()) return;
    const { outcome, build, problems } = await this.deploy({ root: null, by: 'a restart of Tux', force: false });
    if (outcome === 'refused' && !this.#isClosed) this.#options.events.onDeployRefused({ build, problems });
  }

  /** Starts a candidate. It is there afterwards if it may take over. @returns what is wrong with it. */
  async #prepare(
    build: Build,
    environment: Readonly<Record<string, string>>,
    preflight: boolean,
  ): Promise<readonly string[]> {
    const candidate = this.#options.launch(programOf(build.root), environment, preflight);
    this.#candidate = candidate;
    try {
      return (await candidate.prepared).problems;
    } catch {
      await candidate.over;
      this.#candidate = null;
      return candidate.problems;
    }
  }

  /**
   * Puts the candidate into the place of the standby, so that the next worker is this one.
   *
   * @param settings that it was prepared with.
   * @param cogsBefore of the worker that serves.
   */
  async #swap(
    build: Build,
    candidate: Candidate,
    settings: SettingsAhead,
    cogsBefore: readonly CogState[],
  ): Promise<void> {
    const { builds, probation, standby, supervisor } = this.#options;
    const fallback = standby.release();
    const pendingMigrations = candidate.report?.pendingMigrations ?? [];
    settings.takeOver();
    const lastRunId = supervisor().worker?.runId ?? null;
    probation.begin({ build, previous: builds.active, lastRunId, fallback, pendingMigrations, cogsBefore });
    standby.adopt(candidate);
    this.#candidate = null;
    await builds.choose(build);
  }

  async #giveUp(why: string): Promise<void> {
    const candidate = this.#candidate;
    this.#candidate = null;
    if (candidate) this.#ending = candidate.end(why);
    await this.#ending;
  }

  #tellRefused(build: Build, problems: readonly string[]): void {
    const { log } = this.#options;
    const text = problems.map((problem) => `\n     ${problem}`).join('');
    log.error({ event: 'deploy:refused', build, problems }, `❌ ${describeBuild(build)} does not take over:${text}`);
  }

  #show(stage: 'preflight' | 'swap' | null, build?: Build): void {
    const { clock, events } = this.#options;
    this.#stage = stage && build ? { stage, build, since: isoTime(clock.now()) } : null;
    events.onChange();
  }
}
