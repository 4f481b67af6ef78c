import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { forgiveCrashes } from '../support/restart-memory.js';
import { keepEvidence } from './evidence.js';
import { Installation } from './installation.js';
import { type Violation, violationsIn } from './invariants/all.js';
import { nothingLeft } from './invariants/nothing-left.js';
import { seeFiles, seeProcesses } from './look.js';
import type { Observation } from './observation.js';
import type { FaultKind } from './plan/planned-fault.js';
import { planRound, type RoundPlan } from './plan/round-plan.js';
import { type Ground, runRound } from './round.js';
import { Timeline } from './timeline.js';

/** An installation serves for so many rounds. */
const ROUNDS_PER_INSTALLATION = 25;
/** Crashes in a row after which Tux is stopped in order and given a clean start: with five it would be held back for a minute. */
const MAX_CRASHES = 2;

export interface DriverOptions {
  readonly seed: number;
  /** Number of the first round; they count from 1. */
  readonly from: number;
  readonly rounds: number;
  readonly only: FaultKind | undefined;
  /** A folder on a small disk of its own. */
  readonly disk: string;
  readonly onRound: (outcome: RoundOutcome) => void;
  /** Calls everything off, also in the midst of a round. */
  readonly signal: AbortSignal;
}

export interface RoundOutcome {
  readonly plan: RoundPlan;
  /** Number of the first round on the same installation. */
  readonly since: number;
  readonly timeline: readonly string[];
  readonly violations: readonly Violation[];
  readonly observation: Observation | null;
  /** Where logs and files were put; null for a round in which all held. */
  readonly evidence: string | null;
  readonly tookMs: number;
}

/**
 * Runs the rounds one after the other, on as few installations as will do. Nothing of them is left afterwards.
 *
 * @throws the reason of `signal`.
 */
export async function drive(options: DriverOptions): Promise<void> {
  const { signal, seed, from, rounds, only, onRound } = options;
  const postgres = await startPostgres();
  const grounds = new Grounds(options, postgres);
  const calledOff = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    signal.throwIfAborted(); // it may have been, while the server was started
    for (let round = from; round < from + rounds; round += 1) {
      const isLast = round === from + rounds - 1;
      onRound(await Promise.race([oneRound(planRound(seed, round, only), grounds, isLast), calledOff]));
    }
  } finally {
    await grounds.leave();
    await postgres.stop();
  }
}

/** Where rounds take place: one installation at a time, and a new one after so many rounds or when one was left. */
class Grounds {
  readonly #options: DriverOptions;
  readonly #postgres: PostgresServer;
  #installation: Installation | null = null;
  #rounds = 0;
  #since = 0;

  constructor(options: DriverOptions, postgres: PostgresServer) {
    this.#options = options;
    this.#postgres = postgres;
  }

  /** The present one; null before the first, and between two of them. */
  get installation(): Installation | null {
    return this.#installation;
  }

  /** Number of the first round on the present one. */
  get since(): number {
    return this.#since;
  }

  /** Whether the present one has served for long enough. */
  get isUsedUp(): boolean {
    return this.#rounds >= ROUNDS_PER_INSTALLATION;
  }

  async next(plan: RoundPlan): Promise<Ground> {
    const { disk } = this.#options;
    if (this.isUsedUp) await this.leave();
    if (this.#installation === null) {
      this.#rounds = 0;
      this.#since = plan.round;
      const databaseUrl = await this.#postgres.createDatabase();
      this.#installation = await Installation.create({ disk, databaseUrl, trafficSeed: plan.trafficSeed });
      await this.#installation.settle();
    }
    this.#rounds += 1;
    return { installation: this.#installation, postgres: this.#postgres, disk };
  }

  async leave(): Promise<void> {
    const installation = this.#installation;
    this.#installation = null;
    await installation?.dispose();
  }
}

async function oneRound(plan: RoundPlan, grounds: Grounds, isLast: boolean): Promise<RoundOutcome> {
  const startedAt = performance.now();
  const timeline = new Timeline();
  let observation: Observation | null = null;
  let violations: Violation[];
  try {
    const ground = await grounds.next(plan);
    const { installation } = ground;
    observation = await runRound(plan, ground, timeline);
    violations = violationsIn(observation);
    const isOver = isLast || grounds.isUsedUp || (await installation.crashes()) >= MAX_CRASHES;
    if (violations.length === 0 && isOver) {
      timeline.note('clean stop');
      violations = await stopCleanly(installation);
      await forgiveCrashes(installation.paths);
    }
  } catch (error) {
    violations = [{ invariant: 'the driver', what: String((error as Error).stack) }];
  }
  const outcome = { plan, since: grounds.since, timeline: timeline.lines, violations, observation };
  const { installation } = grounds;
  const evidence = violations.length === 0 || !installation ? null : await keepEvidence(installation, outcome);
  if (violations.length > 0) await grounds.leave();
  return { ...outcome, evidence, tookMs: performance.now() - startedAt };
}

async function stopCleanly(installation: Installation): Promise<Violation[]> {
  const supervisorEnd = await installation.stop();
  const { liveConnections } = installation.sandbox.recorder.counters;
  const files = await seeFiles(installation.paths.stateDir);
  return nothingLeft({ supervisorEnd, processes: seeProcesses(installation), files, liveConnections }).map((what) => ({
    invariant: 'a stop leaves nothing',
    what,
  }));
}
