import { describe, expect, it, vi } from 'vitest';
import {
  AUTOMATIC_RESERVE,
  budgetOf,
  emptyLedger,
  type IdentifyLedger,
  identifyLedgerSchema,
  mayIdentify,
  reportLimit,
  spendIdentify,
} from '../../../shared/identify-ledger.js';
import { classifyExit } from '../../../supervisor/restart/exit-policy.js';
import {
  budgetHold,
  type Decision,
  decideRestart,
  initialRestartState,
  type RestartState,
  restartStateSchema,
} from '../../../supervisor/restart/restart-policy.js';
import { seededRandom } from '../../support/random.js';

vi.setConfig({ testTimeout: 30_000 }); // days are computed here, on cores that others use as well

const DAY_MS = 24 * 60 * 60 * 1000;
/** Of a small bot at Discord it is 1,000; less makes the ledger, and so the simulation, quicker. */
const TOTAL = 250;
const START = Date.UTC(2026, 0, 1);

interface Storm {
  /** The bot dies so long after each start. */
  readonly uptimeMs: number;
  readonly random: () => number;
  /** The supervisor is restarted so often; it forgets what is not on disk. */
  readonly supervisorRestartMs?: number;
  readonly days?: number;
}

interface Outcome {
  readonly identifies: number[];
  readonly lowestRemaining: number;
}

/** What `supervisor.json` and `identify-ledger.json` hold between two supervisors. */
interface Disk {
  restart: RestartState;
  ledger: IdentifyLedger;
  holdUntil: number | null;
}

const throughDisk = (disk: Disk): Disk => ({
  restart: restartStateSchema.parse(JSON.parse(JSON.stringify(disk.restart))),
  ledger: identifyLedgerSchema.parse(JSON.parse(JSON.stringify(disk.ledger))),
  holdUntil: disk.holdUntil,
});

/** The loop of the supervisor in fake time, with the real policies and nothing else. */
function simulate({ uptimeMs, random, supervisorRestartMs, days = 1 }: Storm): Outcome {
  let disk: Disk = { restart: initialRestartState(), ledger: emptyLedger(), holdUntil: null };
  const limit = { total: TOTAL, remaining: TOTAL, reset_after: 1, max_concurrency: 1 };
  disk.ledger = reportLimit(disk.ledger, limit, START);
  const identifies: number[] = [];
  let lowestRemaining = TOTAL;
  let now = START;
  let nextRestart = supervisorRestartMs === undefined ? Number.POSITIVE_INFINITY : START + supervisorRestartMs;
  let waitUntil = now;

  const takeOver = () => {
    disk = throughDisk(disk);
    nextRestart += supervisorRestartMs ?? 0;
    // As Supervisor#resumeHold does: a hold outlives the supervisor, a back-off does not.
    const held = disk.holdUntil !== null && disk.holdUntil > now ? disk.holdUntil - now : null;
    waitUntil = now + (held ?? budgetHold({ ledger: disk.ledger, now })?.afterMs ?? 0);
  };

  while (now < START + days * DAY_MS) {
    if (waitUntil > now) {
      now = Math.min(waitUntil, nextRestart);
      if (now === nextRestart) takeOver();
      continue;
    }
    // The worker starts and asks for leave, as WorkerRun#answerLease answers it.
    if (mayIdentify(disk.ledger, now, AUTOMATIC_RESERVE)) {
      disk.ledger = spendIdentify(disk.ledger, now);
      identifies.push(now);
      lowestRemaining = Math.min(lowestRemaining, budgetOf(disk.ledger, now).remaining);
    }
    if (now + uptimeMs > nextRestart) {
      // The supervisor goes, and the bot with it: a planned end that nobody counts as a crash.
      now = nextRestart;
      takeOver();
      continue;
    }
    now += uptimeMs;
    const verdict = classifyExit({ code: 1, signal: null, marker: null, intent: null, wasReady: true });
    const { decision, state } = decideRestart({
      ...disk,
      verdict,
      uptimeMs,
      mayResume: false,
      now,
      random,
      state: disk.restart,
    });
    disk.restart = state;
    disk.holdUntil = decision.kind === 'hold' ? now + decision.afterMs : null;
    waitUntil = now + waitOf(decision);
  }
  return { identifies, lowestRemaining };
}

function waitOf(decision: Decision): number {
  if (decision.kind === 'give-up') throw new Error('it gave up');
  return decision.afterMs;
}

const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
/** Luck at its worst, too: no jitter at all, and always the most. */
const lots: [string, () => () => number][] = [
  ...seeds.map((seed): [string, () => () => number] => [`seed ${seed}`, () => seededRandom(seed)]),
  ['random always 0', () => () => 0],
  ['random always 0.999', () => () => 0.999],
];

describe('a bot that dies 2.5 s after each start', () => {
  it.each(lots)('uses fewer than 100 IDENTIFYs in 24 h (%s)', (_lot, random) => {
    const { identifies } = simulate({ uptimeMs: 2_500, random: random() });
    expect(identifies.length).toBeLessThan(100);
    expect(identifies.length).toBeGreaterThan(50); // it is still being tried
  });

  it.each(lots)('does so over supervisors that come and go (%s)', (_lot, random) => {
    for (const supervisorRestartMs of [17 * 60_000, 3_600_000, 5 * 3_600_000]) {
      const { identifies } = simulate({ uptimeMs: 2_500, random: random(), supervisorRestartMs });
      expect(identifies.length, `restarted every ${supervisorRestartMs} ms`).toBeLessThan(100);
    }
  });
});

describe('a bot that dies again and again', () => {
  const uptimes = [100, 2_500, 29_000, 31_000, 61_000, 290_000, 310_000];

  it.each(uptimes)('%i ms after each start never takes from the reserve', (uptimeMs) => {
    for (const seed of seeds.slice(0, 2)) {
      const { identifies, lowestRemaining } = simulate({ uptimeMs, random: seededRandom(seed), days: 2 });
      expect(lowestRemaining).toBeGreaterThanOrEqual(TOTAL * AUTOMATIC_RESERVE);
      expect(mostWithinADay(identifies)).toBeLessThanOrEqual(TOTAL * (1 - AUTOMATIC_RESERVE));
    }
  });

  it.each(uptimes)('%i ms after each start, under supervisors that live a minute, does not either', (uptimeMs) => {
    const storm = { uptimeMs, random: seededRandom(11), supervisorRestartMs: 60_000, days: 2 };
    const { identifies, lowestRemaining } = simulate(storm);
    expect(lowestRemaining).toBeGreaterThanOrEqual(TOTAL * AUTOMATIC_RESERVE);
    expect(mostWithinADay(identifies)).toBeLessThanOrEqual(TOTAL * (1 - AUTOMATIC_RESERVE));
  });
});

/** The most that fall into any 24 h. */
function mostWithinADay(times: readonly number[]): number {
  let first = 0;
  let most = 0;
  times.forEach((time, last) => {
    while ((times[first] ?? time) <= time - DAY_MS) first += 1;
    most = Math.max(most, last - first + 1);
  });
  return most;
}
