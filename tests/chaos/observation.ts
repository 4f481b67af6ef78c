import type { RunRecord } from '../../shared/control/run-record.js';
import type { Stray } from '../support/traffic-record.js';
import type { Judged } from '../support/traffic-report.js';
import type { SentSignal } from './faults/fault.js';
import type { SupervisorEnd } from './installation.js';
import type { RoundPlan } from './plan/round-plan.js';

/** A process of the installation, as /proc has it. */
export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  /** One letter, see proc(5); Z is a zombie. */
  readonly state: string;
  readonly what: string;
}

/** An entry of the state folder. */
export interface SeenFile {
  readonly name: string;
  /** Why it cannot be read from its first to its last byte, or does not do what it is for; null for one that is well. */
  readonly problem: string | null;
}

/** What there was to be seen of one round when it was over, all of it from outside of Tux. */
export interface Observation {
  readonly plan: RoundPlan;
  readonly signals: readonly SentSignal[];
  /** From the first fault until Tux served again; ms since the epoch. */
  readonly outage: { readonly from: number; readonly to: number };
  /** What was waited for in vain: Tux did not come back. Null when it serves. */
  readonly waitedFor: string | null;
  readonly supervisorPid: number | null;
  readonly supervisorEnds: readonly SupervisorEnd[];
  /** The most gateway sessions at once in this round, as Discord counted them, and IDENTIFYs. */
  readonly maxLiveSessions: number;
  readonly identifies: number;
  /** Since the installation was made: as Discord counted them, and as the ledger has them. */
  readonly identifiesEver: number;
  readonly identifiesInLedger: number;
  /** Commands of this round, and how they fared. */
  readonly commands: readonly Judged[];
  /** The same of the rounds before, which were looked at already: nothing of theirs may happen again. */
  readonly earlierCommands: readonly Judged[];
  /** Messages of this round that nobody asked for. */
  readonly strays: readonly Stray[];
  /** Numbers of commands whose reminders wait for a time that has not come. */
  readonly waitingReminders: ReadonlySet<number>;
  /** Ids of jobs that a worker did not run because they seemed to be from the future: so its log says. */
  readonly disbelievedJobs: ReadonlySet<string>;
  readonly processes: readonly SeenProcess[];
  readonly files: readonly SeenFile[];
  /** Runs whose end was recorded in this round, and all that were ever recorded. */
  readonly ends: readonly RunRecord[];
  readonly runIds: readonly string[];
  /** Runs whose end a supervisor has told of in this round: its log. */
  readonly toldEnds: readonly string[];
}

/** What there was to be seen after Tux was asked to stop. */
export interface AfterStop {
  readonly supervisorEnd: Pick<SupervisorEnd, 'code' | 'signal'> | null;
  readonly processes: readonly SeenProcess[];
  readonly files: readonly SeenFile[];
  readonly liveConnections: number;
}
