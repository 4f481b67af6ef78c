import { setTimeout as sleep } from 'node:timers/promises';
import type { RunRecord } from '../../shared/control/run-record.js';
import type { PostgresServer } from '../support/postgres.js';
import { eventually } from '../support/processes.js';
import { TrafficStore } from '../support/traffic-store.js';
import type { SentSignal, Victim } from './faults/fault.js';
import { inflict } from './faults/inflict.js';
import type { Installation } from './installation.js';
import { missing } from './invariants/explained.js';
import { nothingStale } from './invariants/nothing-left.js';
import { once } from './invariants/once.js';
import { disbelievedJobsIn, numbersIn, seeFiles, seeProcesses } from './look.js';
import type { Observation } from './observation.js';
import { describeFault, type PlannedFault } from './plan/planned-fault.js';
import type { RoundPlan } from './plan/round-plan.js';
import type { Timeline } from './timeline.js';

/** So many commands are answered before the first fault, and as many after Tux has come back. */
const AROUND = 5;
const RECOVERY_LIMIT_MS = 60_000;
/** How long what was acknowledged has to take effect: a job is tried again after seconds. */
const SETTLE_LIMIT_MS = 30_000;
/** How long a disk that was broken may be tried again: every five seconds at last. */
const DISK_LIMIT_MS = 10_000;
/** How long a process that was killed may be there, and the socket of one that will be replaced. */
const STALE_LIMIT_MS = 10_000;
const POLL_MS = 100;
/** Tux has said its last word when it has been silent for so long. */
const SILENCE_MS = 300;

/** What a round is run on. */
export interface Ground {
  readonly installation: Installation;
  readonly postgres: PostgresServer;
  readonly disk: string;
}

/** Traffic, the faults of the plan in the midst of it, and Tux coming back. Resolves with what was seen when all is quiet. */
export async function runRound(plan: RoundPlan, ground: Ground, timeline: Timeline): Promise<Observation> {
  const { installation } = ground;
  const { traffic, sandbox } = installation;
  const { counters } = sandbox.recorder;
  const before = {
    at: Date.now(),
    toldEnds: new Set(installation.toldEnds()),
    runIds: new Set((await installation.history()).map(({ runId }) => runId)),
    commands: traffic.sent.length,
    identifies: counters.identifies,
    supervisorEnds: installation.supervisorEnds.length,
  };
  const signals: SentSignal[] = [];
  counters.maxLiveSessions = counters.liveSessions;
  installation.keepRunning(plan.reviveAfterMs);
  let waitedFor = await failureOf(async () => {
    await eventually(
      'Tux serves at the beginning',
      () => isServing(installation, plan.waitsForStandby),
      RECOVERY_LIMIT_MS,
    );
    traffic.start(plan.trafficSeed);
    await traffic.flow(AROUND, RECOVERY_LIMIT_MS);
  });
  const outage = { from: Date.now(), to: Number.POSITIVE_INFINITY };
  if (waitedFor === null) {
    const victim: Victim = {
      ...ground,
      note: (text) => timeline.note(text),
      noteSignal: (signal) => signals.push(signal),
    };
    const undergone = await Promise.allSettled(plan.faults.map((fault) => undergo(fault, victim)));
    // Not before each is healed: the database that one of them has frozen serves later rounds as well.
    for (const each of undergone) if (each.status === 'rejected') throw each.reason;
    timeline.note('all faults are over');
    waitedFor = await failureOf(async () => {
      await eventually('Tux serves again', () => isServing(installation, false), RECOVERY_LIMIT_MS);
      timeline.note('Tux serves again');
      outage.to = Date.now();
      await traffic.flow(AROUND, RECOVERY_LIMIT_MS);
    });
  }
  await traffic.stop();
  const commands = await settledCommands({ plan, outage }, installation, before);
  await failureOf(() =>
    eventually('nothing stale', async () => nothingStale(await seePlace(installation)).length === 0, STALE_LIMIT_MS),
  );
  const endsIn = (history: readonly RunRecord[]) => history.filter(({ runId }) => !before.runIds.has(runId));
  const toldEnds = () => installation.toldEnds().filter((runId) => !before.toldEnds.has(runId));
  const isComplete = async () => {
    const ends = endsIn(await installation.history());
    return missing({ plan, signals, ends, toldEnds: toldEnds() }).length === 0;
  };
  await failureOf(() => eventually('each end is in the history', isComplete, DISK_LIMIT_MS));
  const told = toldEnds(); // before the history is read: what is told later need not be in it
  const history = await installation.history();
  timeline.note('looked at');
  return {
    signals,
    waitedFor,
    ...(await seePlace(installation)),
    supervisorEnds: installation.supervisorEnds.slice(before.supervisorEnds),
    maxLiveSessions: counters.maxLiveSessions,
    identifies: counters.identifies - before.identifies,
    identifiesEver: counters.identifies,
    identifiesInLedger: await installation.identifiesInLedger(),
    ...commands,
    ends: endsIn(history),
    runIds: history.map(({ runId }) => runId),
    toldEnds: told,
  };
}

async function undergo(fault: PlannedFault, victim: Victim): Promise<void> {
  await sleep(fault.atMs);
  const heal = await inflict(fault, victim);
  await sleep(fault.forMs);
  await heal();
  victim.note(`over: ${describeFault(fault)}`);
}

/** Whether Tux serves, as the supervisor says. One that is held back after too many crashes is told by its operator to go on. */
async function isServing(installation: Installation, withStandby: boolean): Promise<boolean> {
  try {
    const { ready, state, worker, standby } = await installation.status();
    if (state === 'HELD') await installation.client.restart({ by: 'chaos', force: true });
    const isWell = ready && state === 'RUNNING' && worker?.degraded === false && worker.gateway?.status === 'ready';
    return isWell && (!withStandby || standby?.state === 'ready');
  } catch {
    return false; // it is away
  }
}

/** Waits until every command fared well, or for as long as something may still come. */
async function settledCommands(
  round: Pick<Observation, 'plan' | 'outage'>,
  { traffic, paths, databaseUrl, programs }: Installation,
  before: { readonly at: number; readonly commands: number },
) {
  const hadWrongClock = round.plan.faults.some(({ kind }) => kind === 'clock');
  const store = await TrafficStore.open(databaseUrl);
  try {
    for (const giveUpAt = Date.now() + SETTLE_LIMIT_MS; ; await sleep(POLL_MS)) {
      const isOver = Date.now() > giveUpAt;
      // To look at all that there was is work, and while Tux has something to say more is to come.
      if (Date.now() - traffic.record.lastWordAt <= SILENCE_MS && !isOver) continue;
      const { judged, strays } = await traffic.look(store);
      const seen = {
        ...round,
        earlierCommands: judged.slice(0, before.commands),
        commands: judged.slice(before.commands),
        // Tux may have answered whoever set it up in the millisecond in which the round began.
        strays: strays.filter(({ at }) => at > before.at),
        waitingReminders: hadWrongClock ? await numbersIn(paths.reminders, paths.remindersJournal) : new Set<number>(),
        disbelievedJobs: new Set(hadWrongClock ? programs.flatMap(({ log }) => disbelievedJobsIn(log.text)) : []),
      };
      if (once(seen).length === 0 || isOver) return seen;
    }
  } finally {
    await store.close();
  }
}

async function seePlace(installation: Installation) {
  const supervisorPid = installation.supervisor?.pid ?? null;
  const files = await seeFiles(installation.paths.stateDir);
  return { processes: seeProcesses(installation), files, supervisorPid };
}

async function failureOf(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
