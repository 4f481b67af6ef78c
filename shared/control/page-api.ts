import { z } from 'zod';
import { type RunRecord, runRecordSchema } from './run-record.js';
import { type Status, statusSchema } from './status.js';
import { type WorkerDetails, workerDetailsSchema } from './worker-details.js';

/**
 * What the status page and the supervisor say to each other over HTTP. Every answer is JSON; one of 400 and above is a
 * {@link PageFailure}. Instants are ISO-8601 unless they say otherwise.
 *
 * | request | answer |
 * |---|---|
 * | `GET /api/overview` | {@link Overview} |
 * | `GET /api/events` | server-sent events, see {@link PageEvents} |
 * | `GET /api/runs/RUNID/report` | `text/plain`: the report of the hang; 404 when there is none |
 * | `GET /api/runs/RUNID/crash` | `text/plain`: its part of `crash.log`; 404 when there is none |
 * | `POST /api/restart` {@link restartRequestSchema} | `RestartResult`, once Tux is ready again |
 * | `POST /api/stop` {@link stopRequestSchema} | 202 `{accepted: true}` |
 * | `POST /api/reload` `{}` | `ReloadResult` |
 * | `POST /api/login` {@link loginRequestSchema} | `{actions: 'open'}`, and a cookie |
 * | `POST /api/logout` `{}` | `{actions: 'token'}` |
 * | `GET /api/sandbox/messages?channel=general` | {@link ChatPage}; 404 without a sandbox, like the two below |
 * | `POST /api/sandbox/say` {@link sayRequestSchema} | `{accepted: true}`; what comes of it arrives as `message` events |
 * | `POST /api/sandbox/click` {@link clickRequestSchema} | `{accepted: true}`, as above |
 *
 * 401 `TUX_HTTP_LOGIN`: the token is missing or wrong. 403 `TUX_HTTP_NO_TOKEN`: no TUX_HTTP_TOKEN is set. 429
 * `TUX_HTTP_TRIES`: too many wrong tokens; `Retry-After` says for how many seconds.
 */
export const MAX_OVERVIEW_RUNS = 50;
export const MAX_OVERVIEW_LOGS = 200;
/** Lines that one `log` event carries at most. */
export const MAX_EVENT_LOGS = 50;

/** How the worker fared at one moment: what the charts are drawn from. */
export const sampleSchema = z.object({
  /** Milliseconds since the epoch. */
  at: z.number(),
  runId: z.string(),
  rssBytes: z.number(),
  eventLoopLagMs: z.number(),
  queueDepth: z.number(),
  tasks: z.number(),
  /** Null while there was no answer of Discord yet. */
  pingMs: z.number().nullable(),
});
export type Sample = z.infer<typeof sampleSchema>;

/** What whoever looks at the page may do: nothing because no token is set, nothing until they log in, or everything. */
const actionsSchema = z.enum(['none', 'token', 'open']);
export type Actions = z.infer<typeof actionsSchema>;

/** Everything that the page shows at first. */
export const overviewSchema = z.object({
  status: statusSchema,
  /** Null while no worker answers. */
  details: workerDetailsSchema.nullable(),
  /** Newest last; at most {@link MAX_OVERVIEW_RUNS}. */
  history: z.array(runRecordSchema),
  /** Of the last hour, newest last. */
  samples: z.array(sampleSchema),
  /** JSON lines of the log, newest last; at most {@link MAX_OVERVIEW_LOGS}. */
  logs: z.array(z.string()),
  actions: actionsSchema,
  /** Whether there is a local Discord to talk to. */
  sandbox: z.boolean(),
});
export type Overview = z.infer<typeof overviewSchema>;

/** One message of the local Discord, as it is shown: mentions are names already. */
export const chatMessageSchema = z.object({
  id: z.string(),
  /** `general`, `mod-log` …; `dm` for a direct conversation. */
  channel: z.string(),
  /** For a direct conversation: the person the bot talks to. */
  directWith: z.string().nullable(),
  author: z.object({ name: z.string(), isBot: z.boolean() }),
  /** Discord's Markdown. */
  text: z.string(),
  at: z.iso.datetime(),
  editedAt: z.iso.datetime().nullable(),
  /** Only the person who set it off sees it. */
  isPrivate: z.boolean(),
  /** The message that it answers. */
  replyTo: z.string().nullable(),
  /** Who used which command, when it answers one. */
  command: z.object({ user: z.string(), name: z.string() }).nullable(),
  embeds: z.array(
    z.object({
      title: z.string().nullable(),
      description: z.string().nullable(),
      /** `#rrggbb`. */
      color: z.string().nullable(),
      author: z.string().nullable(),
      footer: z.string().nullable(),
      fields: z.array(z.object({ name: z.string(), value: z.string(), inline: z.boolean() })),
    }),
  ),
  /** Rows of what can be pressed or picked from. */
  rows: z.array(
    z.array(
      z.discriminatedUnion('kind', [
        z.object({
          kind: z.literal('button'),
          /** Null for a link. */
          customId: z.string().nullable(),
          label: z.string(),
          style: z.enum(['primary', 'secondary', 'success', 'danger', 'link']),
          isDisabled: z.boolean(),
        }),
        z.object({
          kind: z.literal('menu'),
          customId: z.string(),
          label: z.string(),
          options: z.array(z.object({ label: z.string(), value: z.string() })),
          isDisabled: z.boolean(),
        }),
      ]),
    ),
  ),
  /** Names of attached files. */
  files: z.array(z.string()),
  reactions: z.array(z.object({ emoji: z.string(), count: z.number() })),
});
export type ChatMessage = z.infer<typeof chatMessageSchema>;

const chatPageSchema = z.object({
  /** Newest last. */
  messages: z.array(chatMessageSchema),
  /** Where one can write: names of channels, and `dm`. */
  channels: z.array(z.string()),
  /** As whom one can write. */
  people: z.array(z.string()),
});
export type ChatPage = z.infer<typeof chatPageSchema>;

/** Something new in the local Discord: `edited` replaces the message with that id, `deleted` takes it away. */
const chatEventSchema = z.object({
  kind: z.enum(['sent', 'edited', 'deleted']),
  message: chatMessageSchema,
});
export type ChatEvent = z.infer<typeof chatEventSchema>;

/**
 * The events of `GET /api/events` and the JSON in their `data:`. After a reconnect nothing is sent again: ask for the overview
 * anew.
 */
export interface PageEvents {
  /** When it changed; at most one a second, and one at least with every sample. */
  status: Status;
  /** With every heartbeat of the worker. */
  sample: Sample;
  /** A run that ended. */
  run: RunRecord;
  /** JSON lines, at most {@link MAX_EVENT_LOGS}. */
  log: string[];
  /** Every five seconds; null while no worker answers. */
  details: WorkerDetails | null;
  message: ChatEvent;
}

// Bodies of requests. A field that is not known is refused: it would be a mistake that nobody notices.
export const restartRequestSchema = z.strictObject({ force: z.boolean().default(false) });
export const stopRequestSchema = z.strictObject({ now: z.boolean().default(false) });
export const nothingRequestSchema = z.strictObject({});
export const loginRequestSchema = z.strictObject({ token: z.string() });
export const sayRequestSchema = z.strictObject({
  text: z.string().min(1).max(4_000),
  /** A name; default `owner`. */
  as: z.string().min(1).optional(),
  /** Default `general`. */
  channel: z.string().min(1).optional(),
});
export const clickRequestSchema = z.strictObject({
  messageId: z.string().min(1),
  customId: z.string().min(1),
  /** What was picked from a menu. */
  values: z.array(z.string()).optional(),
  as: z.string().min(1).optional(),
  channel: z.string().min(1).optional(),
});

/** Why a request was not done, in words for people. */
const pageFailureSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
export type PageFailure = z.infer<typeof pageFailureSchema>;
