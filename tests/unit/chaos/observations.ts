import type { RunRecord } from '../../../shared/control/run-record.js';
import type { SentSignal } from '../../chaos/faults/fault.js';
import type { Observation } from '../../chaos/observation.js';
import type { PlannedFault } from '../../chaos/plan/planned-fault.js';
import type { RoundPlan } from '../../chaos/plan/round-plan.js';
import { fakeRun } from '../../support/fake-run.js';
import { expectations, type TrafficKind } from '../../support/traffic-plan.js';
import type { Observed } from '../../support/traffic-record.js';
import type { Judged } from '../../support/traffic-report.js';

export const AT = Date.parse('2026-01-02T03:04:05.000Z');

/** The plan of a round with these faults. */
export function planOf(...faults: PlannedFault[]): RoundPlan {
  return { seed: 1, round: 1, faults, trafficSeed: 1, reviveAfterMs: 0, waitsForStandby: false };
}

export const when = { atMs: 0, forMs: 100 };

/** A round in which all was well. */
export function calm(change: Partial<Observation> = {}): Observation {
  return {
    plan: planOf({ kind: 'rest', how: 'lag', ...when }),
    signals: [],
    outage: { from: AT + 60_000, to: AT + 61_000 },
    waitedFor: null,
    supervisorPid: 10,
    supervisorEnds: [],
    maxLiveSessions: 1,
    identifies: 0,
    identifiesEver: 1,
    identifiesInLedger: 1,
    commands: Array.from({ length: 10 }, () => command('ping')),
    earlierCommands: [],
    strays: [],
    waitingReminders: new Set(),
    disbelievedJobs: new Set(),
    processes: [
      { pid: 10, parent: 1, state: 'S', what: 'supervisor' },
      { pid: 11, parent: 10, state: 'S', what: 'worker' },
      { pid: 12, parent: 10, state: 'S', what: 'standby' },
    ],
    files: ['supervisor.json', 'identify-ledger.json', 'gateway-session.json'].map((name) => ({ name, problem: null })),
    ends: [],
    runIds: [],
    toldEnds: [],
    ...change,
  };
}

/** The end of a worker that was killed, as history has it. */
export function runEnd(change: Partial<RunRecord> = {}): RunRecord {
  return fakeRun({ runId: 'RUN', pid: 11, code: null, signal: 'SIGKILL', reason: 'killed by SIGKILL', ...change });
}

export function sentSignal(change: Partial<SentSignal> = {}): SentSignal {
  return { pid: 11, role: 'worker', signal: 'SIGKILL', at: AT, ...change };
}

const answerTo: Readonly<Partial<Record<TrafficKind, string>>> = {
  job: '📥 Job `1` is queued',
  reminder: '⏰ I will remind you',
  case: '✅ Bob is warned (case #1)',
  ping: '🏓 Pong!',
};

/** A command that was answered as it asked for and had all its effects. @param without what did not happen. @param extra what happened besides. */
export function command(
  kind: TrafficKind,
  {
    without = [],
    extra = [],
    cases,
    outcome = 'right',
  }: Partial<{
    without: readonly Observed['what'][];
    extra: readonly Observed['what'][];
    cases: number;
    outcome: Judged['outcome'];
  }> = {},
): Judged {
  const whats: Observed['what'][] = ['answer', ...expectations[kind].effects].filter(
    (what) => !without.includes(what as Observed['what']),
  ) as Observed['what'][];
  return {
    sent: {
      number: 1,
      kind,
      form: 'prefix',
      as: 'owner',
      text: `$${kind}`,
      options: {},
      sentAt: AT,
      eventId: '1',
      heardBy: [],
    },
    seen: [...whats, ...extra].map((what, seq) => ({
      seq,
      at: AT + seq,
      what,
      text: what === 'answer' ? (answerTo[kind] ?? '') : what,
    })),
    stored: { cases: cases ?? (kind === 'case' ? 1 : 0), xp: null, expectedXp: null },
    outcome,
    problems: outcome === 'right' ? [] : ['something'],
  };
}
