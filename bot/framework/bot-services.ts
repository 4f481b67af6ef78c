import type { Guild } from 'discord.js';
import type { Clock } from '../../shared/clock.js';
import type { LiveConfig } from '../../shared/config/live-config.js';
import type { GatewayStatus, IdentifyBudget } from '../../shared/ipc-protocol.js';
import type { Logger } from '../../shared/logging/logger.js';
import type { Controllers } from '../database/controllers/controllers.js';
import type { Database } from '../database/database.js';
import type { EmojiManager } from '../discord/emoji-manager.js';
import type { JobQueue } from '../scheduling/job-queue.js';
import type { ReminderService } from '../scheduling/reminders.js';
import type { TaskMonitor } from '../scheduling/task-monitor.js';
import type { AnswerNote } from './answer-note.js';
import type { CogManager } from './cog-manager.js';
import type { CommandRegistry } from './command-registry.js';
import type { Cooldowns } from './cooldowns.js';
import type { EventCache } from './event-cache.js';
import type { LiveViews } from './live-views.js';
import type { Maintenance } from './maintenance.js';
import type { Messenger } from './messenger.js';
import type { PermissionSystem } from './permission-system.js';
import type { PrefixManager } from './prefix-manager.js';

/**
 * What commands, jobs and listeners may use. Where another room of the bot provides it, the interface names only what
 * cogs need of it: the composition root passes the real thing, a test a few lines.
 */
export interface BotServices {
  /** Read it at each use: a reload may change it. */
  readonly config: Pick<LiveConfig, 'env' | 'secrets' | 'onChange'>;
  readonly database: DatabasePort;
  readonly jobs: JobsPort;
  readonly reminders: RemindersPort;
  /** Direct messages that go out later, whatever happens in between. */
  readonly scheduledDms: ScheduledDmsPort;
  /** The scheduled events of the guilds. */
  readonly events: EventsPort;
  readonly tasks: TasksPort;
  readonly prefixes: PrefixManager;
  readonly permissions: PermissionSystem;
  readonly commands: CommandRegistry;
  readonly cooldowns: Cooldowns;
  readonly maintenance: Maintenance;
  readonly liveViews: LiveViews;
  readonly messenger: Messenger;
  readonly cogs: CogsPort;
  readonly emojis: EmojisPort;
  readonly lifecycle: LifecyclePort;
  readonly gateway: GatewayPort;
  readonly guilds: GuildsPort;
  readonly log: Logger;
  readonly clock: Clock;
}

/** The controllers, one per subject, and transactions over several of them. See `Database` for what may be thrown. */
export type DatabasePort = Pick<Database, keyof Controllers | 'ping' | 'transaction'>;

/** The guilds that the bot is in. */
export interface GuildsPort {
  /** Undefined when the bot is not in it (any more), or not logged in yet. */
  get(guildId: string): Guild | undefined;
}

/** What cogs use of the job queue. */
export type JobsPort = Pick<JobQueue, 'register' | 'enqueue' | 'findByDedupeKey' | 'list' | 'depth'>;

/** What cogs use of the reminders. */
type RemindersPort = Pick<ReminderService, 'create' | 'list' | 'cancel' | 'findByEvent'>;

/** What cogs use of the scheduled DMs. */
type ScheduledDmsPort = Pick<ReminderService, 'create' | 'listAll' | 'change' | 'cancel' | 'findByEvent'>;

/** What cogs use of the event cache. See `Cog.scheduledEvents` before you subscribe. */
type EventsPort = Pick<EventCache, 'get' | 'list' | 'subscribe'>;

/** What cogs use of the task monitor; what a cog registers itself, it cancels in `unload`. See `Cog.tasks` first. */
type TasksPort = Pick<TaskMonitor, 'size' | 'register' | 'registerPeriodic' | 'registerCalendar' | 'statistics'>;

/** Emojis for messages; see `EmojiManager`. */
export type EmojisPort = Pick<EmojiManager, 'get' | 'resolve' | 'sync'>;

/** Loading and unloading while the bot runs. */
export type CogsPort = Pick<CogManager, 'list' | 'load' | 'unload' | 'reload' | 'sync'>;

/** The worker's own life. `restart` and `shutdown` only set it off, so that a command can call them and still finish. */
export interface LifecyclePort {
  /** @param by who asked: a user id. @param why one sentence for the log and the exit marker. */
  restart(by: string, why: string): void;
  shutdown(by: string, why: string): void;
  /** What was left of the day's IDENTIFYs when this run logged in; null before. */
  identifyBudget(): IdentifyBudget | null;
  inspect(): LifecycleStatus;
}

/** How the worker and its services are doing. */
export interface LifecycleStatus {
  readonly state: string;
  readonly isDegraded: boolean;
  readonly runId: string;
  readonly uptimeMs: number;
  readonly services: readonly { readonly name: string; readonly stage: string; readonly critical: boolean }[];
}

interface GatewayPort {
  status(): GatewayStatus;
  /** True while Discord repeats events: they are old. To be read before the first `await` of a handler, as the next. */
  readonly isReplaying: boolean;
  /** True for an event that the worker before had begun to deal with, and may have finished but for saying so. */
  readonly isBegun: boolean;
  /** What is known of the answer to this interaction. */
  readonly answerNote: AnswerNote;
  /** True once the session is closed for the next worker: it deals with every event that is not done by now, from the beginning. */
  readonly isLeftToNext: boolean;
  /** Shows `text` under the bot's name; null takes it away. Lasts until the session ends. Does nothing before login. */
  showActivity(text: string | null): void;
}
