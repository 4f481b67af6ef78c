import { z } from 'zod';
import { gatewayStatusSchema, identifyBudgetSchema, serviceStageSchema, workerStateSchema } from '../ipc-protocol.js';
import { buildSchema } from './build.js';
import { gatewaySessionSchema } from './gateway-session.js';

/** Whether Tux serves, and if not, why: what `/readyz` answers. */
const readinessSchema = z.object({ ready: z.boolean(), problems: z.array(z.string()) });
export type Readiness = z.infer<typeof readinessSchema>;

/** The process that waits to take over from the worker. */
const standbyStatusSchema = z.object({
  /** `waiting`: there is none yet, and `reason` says what it waits for. `ready`: it takes over within milliseconds. */
  state: z.enum(['off', 'waiting', 'preparing', 'ready']),
  /** Why there is none; null while there is one. */
  reason: z.string().nullable(),
  pid: z.number().nullable(),
  rssBytes: z.number().nullable(),
  /** How long it took to prepare. */
  preparedMs: z.number().nullable(),
  /** Since when this is its state. */
  since: z.iso.datetime(),
});
export type StandbyStatus = z.infer<typeof standbyStatusSchema>;

/** What `tux-supervisor status --json` prints. Fields may be added; those that are here keep their names and meaning. */
export const statusSchema = z.object({
  /** What supervision is doing. */
  state: z.enum(['STARTING', 'RUNNING', 'RESTARTING', 'BACKOFF', 'HELD', 'STOPPING']),
  /** Tux serves: the same as `readiness.ready`. */
  ready: z.boolean(),
  /** Why it does not, in words for people; empty while it does. */
  readiness: readinessSchema,
  supervisor: z.object({ pid: z.number(), startedAt: z.iso.datetime(), version: z.string() }),
  worker: z
    .object({
      pid: z.number(),
      runId: z.string(),
      state: workerStateSchema,
      degraded: z.boolean(),
      uptimeMs: z.number(),
      /** How long ago it last said how it fares; null before the first time. What follows is from then. */
      heartbeatAgeMs: z.number().nullable(),
      rssBytes: z.number().nullable(),
      /** Memory above which it is restarted; null without a limit. */
      rssLimitBytes: z.number().nullable(),
      eventLoopLagMs: z.number().nullable(),
      queueDepth: z.number().nullable(),
      tasks: z.number().nullable(),
      gateway: gatewayStatusSchema.nullable(),
      /** How it came by its gateway session; null until that is known. */
      session: gatewaySessionSchema.nullable().default(null),
      /** Why the database does not answer, as far as it was noticed; null while it does. */
      databaseProblem: z.string().nullable(),
      services: z.array(
        z.object({
          name: z.string(),
          stage: serviceStageSchema,
          critical: z.boolean(),
          /** Spawn of the worker to the beginning of its start. */
          startedMs: z.number().nullable(),
          durationMs: z.number().nullable(),
          error: z.string().nullable(),
        }),
      ),
    })
    .nullable(),
  /** What the worker was started from; null where that is not known. */
  build: buildSchema.nullable().default(null),
  /** A deploy that is under way, or a new build in its first minute (`watched`). */
  deploy: z
    .object({ stage: z.enum(['preflight', 'swap', 'watched']), build: buildSchema, since: z.iso.datetime() })
    .nullable()
    .default(null),
  /** Null from a supervisor that knows of none. */
  standby: standbyStatusSchema.nullable().default(null),
  /** Since this supervisor started. */
  restarts: z.object({
    planned: z.number(),
    crash: z.number(),
    hang: z.number(),
    failedStart: z.number(),
    /** Because of memory or lag. */
    limit: z.number(),
  }),
  hold: z.object({ reason: z.string(), until: z.iso.datetime() }).nullable(),
  /** Waiting to start the next worker. */
  backoff: z.object({ until: z.iso.datetime(), reason: z.string() }).nullable(),
  identifyBudget: identifyBudgetSchema,
  lastExit: z
    .object({
      class: z.string(),
      code: z.number().nullable(),
      signal: z.string().nullable(),
      reason: z.string(),
      at: z.iso.datetime(),
    })
    .nullable(),
  /** The next time of TUX_RESTART_SCHEDULE. */
  nextScheduledRestart: z.iso.datetime().nullable(),
  /** Where health checks, metrics and the status page are, when a port is set. */
  http: z
    .object({
      url: z.string(),
      /** Why nothing listens there at the moment, in words; null while it does. */
      problem: z.string().nullable(),
    })
    .nullable(),
  /** Where the local Discord listens, when one runs. */
  sandbox: z.object({ apiUrl: z.string(), controlUrl: z.string() }).nullable(),
  stateDir: z.string(),
});
export type Status = z.infer<typeof statusSchema>;
