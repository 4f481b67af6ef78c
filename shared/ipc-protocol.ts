import { z } from 'zod';

/**
 * What supervisor and worker say to each other over Node's IPC channel ('advanced' serialization). Every message is
 * validated on arrival by the side that receives it; an unknown or malformed one is logged and dropped.
 */
export const IPC_PROTOCOL_VERSION = 2;

/** The life of a worker, see `lifecycle/states`. */
export const workerStates = ['INITIALIZING', 'STARTING', 'RUNNING', 'STOPPING', 'STOPPED', 'ERROR'] as const;
export const workerStateSchema = z.enum(workerStates);

/** Where a service stands, see `ServiceStage` in `lifecycle/service`. */
export const serviceStages = [
  'registered',
  'initializing',
  'running',
  'failed',
  'recovering',
  'stopping',
  'stopped',
] as const;
export const serviceStageSchema = z.enum(serviceStages);

/** State of the connection to Discord, as the worker sees it. Ages are monotonic milliseconds; null = never happened. */
export const gatewayStatusSchema = z.object({
  status: z.enum(['idle', 'connecting', 'ready', 'disconnected']),
  guilds: z.number().int().nonnegative(),
  pingMs: z.number().nullable(),
  lastDispatchAgeMs: z.number().nonnegative().nullable(),
  /** How long Discord has sent no event though it was asked for one; 0 while nothing is open. */
  unansweredMs: z.number().nonnegative(),
  lastAckAgeMs: z.number().nonnegative().nullable(),
  /** How long the gateway has not been ready; 0 while it is. */
  downForMs: z.number().nonnegative(),
});
export type GatewayStatus = z.infer<typeof gatewayStatusSchema>;

/** `session_start_limit` exactly as Discord gave it. `reset_after` can be 0: do not trust it alone. */
export const sessionStartLimitSchema = z.object({
  total: z.number().int().nonnegative(),
  remaining: z.number().int().nonnegative(),
  reset_after: z.number().nonnegative(),
  max_concurrency: z.number().int().positive(),
});
export type SessionStartLimit = z.infer<typeof sessionStartLimitSchema>;

/** That the worker lives, and how it fares: every TUX_HEARTBEAT_INTERVAL_MS. */
export const heartbeatSchema = z.object({
  type: z.literal('heartbeat'),
  seq: z.number().int().nonnegative(),
  state: workerStateSchema,
  degraded: z.boolean(),
  /** Worst delay of the event loop since the previous heartbeat. */
  eventLoopLagMs: z.number().nonnegative(),
  rssBytes: z.number().int().nonnegative(),
  /** Registered background tasks. */
  tasks: z.number().int().nonnegative(),
  /** Jobs that wait or run. */
  queueDepth: z.number().int().nonnegative(),
  gateway: gatewayStatusSchema,
  /** Why the database does not answer, as far as it was noticed; null while it does. */
  databaseProblem: z.string().nullable(),
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;

/** Why a process ends; `by` names a user, a command or a program. */
export const shutdownReasonSchema = z.object({
  /** What set it off. */
  kind: z.enum([
    'signal',
    'supervisor',
    'supervisor-gone',
    'command',
    'fatal',
    'start-failed',
    'gateway',
    'identify-budget',
  ]),
  /** One sentence for people. */
  message: z.string(),
  signal: z.string().optional(),
  by: z.string().optional(),
});
export type ShutdownReason = z.infer<typeof shutdownReasonSchema>;

const hello = z.object({
  type: z.literal('hello'),
  protocol: z.number().int(),
  pid: z.number().int().positive(),
  runId: z.string(),
  version: z.string(),
  /** A standby has everything loaded and waits for `activate`; it holds no lock, no gateway and writes nothing. */
  role: z.enum(['active', 'standby']).default('active'),
});
const state = z.object({
  type: z.literal('state'),
  from: workerStateSchema,
  to: workerStateSchema,
  degraded: z.boolean(),
});
const service = z.object({
  type: z.literal('service'),
  name: z.string(),
  stage: serviceStageSchema,
  critical: z.boolean(),
  /** How long the stage that just ended took. */
  durationMs: z.number().nonnegative().optional(),
  error: z.string().optional(),
});
/** Tux serves: every critical service runs and Discord sent READY and all guilds. */
const ready = z.object({
  type: z.literal('ready'),
  startupMs: z.number().nonnegative(),
  guilds: z.number().int(),
  user: z.string(),
});
/** Asks for leave to send one IDENTIFY. Answered by `identify-granted` or `identify-denied` with the same id. */
const identifyLease = z.object({
  type: z.literal('identify-lease'),
  id: z.string(),
  shardId: z.number().int().nonnegative(),
  limit: sessionStartLimitSchema.nullable(),
});
/** A shutdown has begun inside the worker; from here on its own deadline runs. */
const closing = z.object({
  type: z.literal('closing'),
  exitCode: z.number().int(),
  reason: shutdownReasonSchema,
});

/** The answer to `reload`: the settings of this process are the new ones, or they could not be. */
const reloaded = z.object({ type: z.literal('reloaded'), id: z.string(), ok: z.boolean() });

/** The answer to `question`: text for `metrics`, JSON for the others. */
const answer = z.object({ type: z.literal('answer'), id: z.string(), text: z.string() });

/** How far a standby has got. With `failed`, `problems` says why it cannot take over. */
const standbySchema = z.object({
  type: z.literal('standby'),
  stage: z.enum(['prepared', 'failed']),
  problems: z.array(z.string()),
  preparedMs: z.number().nonnegative(),
  rssBytes: z.number().int().nonnegative(),
  /** About how much of it is for guilds that it knows ahead, which it does without where memory is short. */
  bytesAhead: z.number().int().nonnegative().optional(),
  /** Names of the migrations that it would run; only after a preflight. */
  pendingMigrations: z.array(z.string()).optional(),
});
export type StandbyReport = z.infer<typeof standbySchema>;

/** Why a gateway session could not be resumed. */
const freshSessionReasons = [
  'no-session',
  'session-damaged',
  'session-version',
  'too-old',
  'token-changed',
  'application-changed',
  'intents-changed',
  'shards-changed',
  'library-version',
  'snapshot-missing',
  'snapshot-damaged',
  'snapshot-version',
  'refused',
  'repeated-failure',
  'timeout',
  'internals',
] as const;
/** One of the reasons above. */
export type FreshSessionReason = (typeof freshSessionReasons)[number];

/** How this run got its gateway session. May be sent again when more is known; the last one counts. */
export const continuitySchema = z.object({
  type: z.literal('continuity'),
  how: z.enum(['resumed', 'identified']),
  /** Why it had to identify; null when it resumed. */
  reason: z.enum(freshSessionReasons).nullable(),
  /** Events that Discord repeated. */
  replayed: z.number().int().nonnegative(),
  /** Those of them that the run before had dealt with already. */
  suppressed: z.number().int().nonnegative(),
  /** Interactions that were too old to be answered. */
  stale: z.number().int().nonnegative(),
  /** From the last event that the run before dealt with to the first that this one did; null while nothing had to wait. */
  gapMs: z.number().nonnegative().nullable(),
});
export type Continuity = z.infer<typeof continuitySchema>;

/** Everything that a worker or a standby says. */
export const workerMessageSchema = z.discriminatedUnion('type', [
  hello,
  state,
  service,
  ready,
  heartbeatSchema,
  identifyLease,
  closing,
  reloaded,
  answer,
  standbySchema,
  continuitySchema,
]);
export type WorkerMessage = z.infer<typeof workerMessageSchema>;

/** The budget as the supervisor's ledger sees it. */
export const identifyBudgetSchema = z.object({
  total: z.number().int(),
  remaining: z.number().int(),
  /** ISO-8601 UTC instant at which `remaining` next grows; null when nothing was spent. */
  resetAt: z.iso.datetime().nullable(),
});
export type IdentifyBudget = z.infer<typeof identifyBudgetSchema>;

const identifyGranted = z.object({ type: z.literal('identify-granted'), id: z.string(), budget: identifyBudgetSchema });
const identifyDenied = z.object({
  type: z.literal('identify-denied'),
  id: z.string(),
  /** Milliseconds until it is worth asking again. */
  retryAfterMs: z.number().nonnegative(),
  reason: z.string(),
});
const shutdown = z.object({
  type: z.literal('shutdown'),
  /** `restart` makes the worker end with RESTART (75), `stop` with OK (0). */
  action: z.enum(['stop', 'restart']),
  reason: shutdownReasonSchema,
  /** How long the worker has before it is killed. */
  deadlineMs: z.number().positive(),
});

/** New settings, as text: what can change while the worker runs is applied. Answered by `reloaded` with the same id. */
const reload = z.object({
  type: z.literal('reload'),
  id: z.string(),
  environment: z.record(z.string(), z.string()),
});

/** What the worker is asked for by somebody who wants to look into it. Answered by `answer` with the same id. */
const questionSchema = z.enum(['metrics', 'details', 'readiness']);
export type Question = z.infer<typeof questionSchema>;
const question = z.object({ type: z.literal('question'), id: z.string(), about: questionSchema });

/** A standby takes over: the worker before it is reaped. */
const activate = z.object({ type: z.literal('activate') });

/** Everything that the supervisor says. */
export const supervisorMessageSchema = z.discriminatedUnion('type', [
  activate,
  identifyGranted,
  identifyDenied,
  shutdown,
  reload,
  question,
]);
export type SupervisorMessage = z.infer<typeof supervisorMessageSchema>;
