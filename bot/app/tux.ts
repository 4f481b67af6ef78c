import type { Clock } from '../../shared/clock.js';
import type { LiveConfig } from '../../shared/config/live-config.js';
import { deadline } from '../../shared/deadline.js';
import type { TuxError } from '../../shared/errors.js';
import type { Continuity } from '../../shared/ipc-protocol.js';
import type { Logger } from '../../shared/logging/logger.js';
import { packageFile } from '../../shared/package.js';
import { cogEntries, cogFile } from '../cogs/index.js';
import { createDatabaseService, type DatabaseService } from '../database/database-service.js';
import { INTENT_BITS } from '../discord/client-factory.js';
import { ClientRelay } from '../discord/client-relay.js';
import { CommandRegistrar } from '../discord/command-registrar.js';
import { EmojiManager } from '../discord/emoji-manager.js';
import { EventFeed } from '../discord/event-feed.js';
import { GatewayService } from '../discord/gateway-service.js';
import type { IdentifyLeases } from '../discord/identify-leases.js';
import { SessionKeeper } from '../discord/session/session-keeper.js';
import type { BotServices, LifecyclePort } from '../framework/bot-services.js';
import { CogLoader } from '../framework/cog-loader.js';
import { CogManager } from '../framework/cog-manager.js';
import { CommandRegistry } from '../framework/command-registry.js';
import { ComponentRegistry } from '../framework/components.js';
import { Cooldowns } from '../framework/cooldowns.js';
import { Dispatcher } from '../framework/dispatcher.js';
import { EventCache } from '../framework/event-cache.js';
import { LiveViews } from '../framework/live-views.js';
import { Maintenance, showMaintenance } from '../framework/maintenance.js';
import { createMessenger } from '../framework/messenger.js';
import { PermissionSystem } from '../framework/permission-system.js';
import { PrefixManager } from '../framework/prefix-manager.js';
import { toSlashJson } from '../framework/slash-json.js';
import { JobQueue } from '../scheduling/job-queue.js';
import { ReminderService } from '../scheduling/reminders.js';
import { TaskMonitor } from '../scheduling/task-monitor.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { notLoggedIn } from './not-logged-in.js';
import { createRehearsalAnswerer } from './rehearsal-answerer.js';

export interface TuxOptions {
  readonly config: LiveConfig;
  readonly runId: string;
  readonly leases: IdentifyLeases;
  /** Of a build that has not served yet; see `ApplicationOptions`. */
  readonly isNewBuild?: boolean;
  readonly lifecycle: LifecyclePort;
  readonly telemetry: Telemetry;
  readonly log: Logger;
  readonly clock: Clock;
  /** Something only a new run can mend: a fatal close, a lost database. */
  readonly onFatal: (error: TuxError) => void;
  /** The IDENTIFY budget has none to give. */
  readonly onBudgetDenied: (reason: string) => void;
  /** How this run came by its gateway session. */
  readonly onContinuity: (continuity: Continuity) => void;
}

/** Longest that somebody waits for `$dev sync`. */
const SYNC_LIMIT_MS = 60_000;

/** Services that must be up before Tux logs in, so that a failing start costs no IDENTIFY. */
const BEFORE_LOGIN = ['database', 'permissions', 'prefix', 'cogs', 'state', 'tasks'];

/**
 * The parts of the bot, put together. Building it opens no socket, no file and no timer; the services that
 * `BotSetupOrchestrator` lists do that, in order.
 */
export class Tux {
  readonly options: TuxOptions;
  readonly database: DatabaseService;
  readonly session: SessionKeeper;
  readonly gateway: GatewayService;
  readonly jobs: JobQueue;
  readonly reminders: ReminderService;
  readonly scheduledDms: ReminderService;
  readonly events: EventCache;
  readonly eventFeed: EventFeed;
  readonly tasks: TaskMonitor;
  readonly cogs: CogLoader;
  readonly registrar: CommandRegistrar;
  readonly emojis: EmojiManager;
  readonly dispatcher: Dispatcher;
  readonly services: BotServices;

  constructor(options: TuxOptions) {
    this.options = options;
    const { config, clock, log, runId } = options;
    const { paths } = config;
    const common = { clock, log, runId };
    this.session = new SessionKeeper({
      ...common,
      paths,
      token: config.env.DISCORD_TOKEN,
      apiUrl: config.env.DISCORD_API_URL,
      intents: INTENT_BITS,
      staleCount: () => this.dispatcher.statistics().droppedStale,
      onContinuity: options.onContinuity,
    });
    const relay = new ClientRelay(this.session);
    const { metrics } = options.telemetry;
    this.database = createDatabaseService({
      config,
      paths,
      log,
      onLost: options.onFatal,
      onQuery: (...query) => metrics.countQuery(...query),
    });
    this.gateway = this.#createGateway(relay);
    this.tasks = new TaskMonitor(common);
    this.jobs = new JobQueue({
      ...common,
      snapshotPath: paths.queueCache,
      journalPath: paths.queueJournal,
      onAttempt: (kind, outcome) => metrics.countJob(kind, outcome),
    });
    this.reminders = new ReminderService({
      ...common,
      kind: 'reminders',
      snapshotPath: paths.reminders,
      journalPath: paths.remindersJournal,
    });
    this.scheduledDms = new ReminderService({
      ...common,
      kind: 'dm-scheduled',
      snapshotPath: paths.scheduledDms,
      journalPath: paths.scheduledDmsJournal,
    });
    this.events = new EventCache({ ...common, path: paths.eventCache });
    this.eventFeed = new EventFeed({ cache: this.events, client: () => this.gateway.client });
    this.eventFeed.attach(relay);
    this.registrar = new CommandRegistrar({
      ...common,
      path: paths.commandCache,
      rest: { put: (route, request) => (this.gateway.client ?? notLoggedIn()).rest.put(route, request) },
    });
    this.emojis = new EmojiManager({
      client: () => this.gateway.client,
      folder: packageFile('assets/emojis'),
      clock,
      log,
    });
    const database = this.database.database;
    const messenger = createMessenger(() => this.gateway.client ?? notLoggedIn());
    this.services = {
      config,
      database,
      jobs: this.jobs,
      reminders: this.reminders,
      scheduledDms: this.scheduledDms,
      events: this.events,
      tasks: this.tasks,
      prefixes: new PrefixManager({
        database,
        get defaultPrefix() {
          return config.env.TUX_PREFIX;
        },
        clock,
        log,
      }),
      permissions: new PermissionSystem({
        database,
        get ownerIds() {
          return config.env.TUX_OWNER_IDS;
        },
        get sysadminIds() {
          return config.env.TUX_SYSADMIN_IDS;
        },
        clock,
        log,
      }),
      commands: new CommandRegistry(),
      cooldowns: new Cooldowns({ ...common, path: paths.cooldowns }),
      maintenance: new Maintenance({
        ...common,
        path: paths.maintenance,
        isForced: () => config.env.TUX_MAINTENANCE,
      }),
      liveViews: new LiveViews({ path: paths.liveViews, runId, messenger, log, now: () => new Date(clock.now()) }),
      messenger,
      cogs: this.#createCogManager(),
      emojis: this.emojis,
      lifecycle: options.lifecycle,
      gateway: this.gateway,
      guilds: { get: (guildId) => this.gateway.client?.guilds.cache.get(guildId) },
      log,
      clock,
    };
    const components = new ComponentRegistry();
    this.cogs = new CogLoader({ services: this.services, components, client: relay });
    this.dispatcher = new Dispatcher({
      services: this.services,
      components,
      hooks: {
        onHandled: () => metrics.countEvent(),
        onCommandFinished: (outcome) => options.telemetry.noteCommand(outcome, this.#isOurs(outcome.path, components)),
      },
    });
    this.dispatcher.attach(relay);
    config.onChange('TUX_MAINTENANCE', () => showMaintenance(this.services));
  }

  /** Tells Discord which slash commands there are now. @param force even when it seems to know them. */
  syncCommands(signal: AbortSignal, force: boolean): Promise<'unchanged' | 'registered'> {
    const { application } = this.gateway.client ?? notLoggedIn();
    const commands = this.services.commands.list().map(({ command }) => toSlashJson(command));
    return this.registrar.register(application.id, commands, signal, { force });
  }

  /** Whether a command or a button is called so. */
  #isOurs(path: string, components: ComponentRegistry): boolean {
    const [name = '', sub = null] = path.split(' ');
    if (this.services.commands.findByPath(name, sub)) return true;
    const [cog = '', action = ''] = path.split('.');
    return components.find({ cog, action, args: [] }) !== undefined;
  }

  #createCogManager(): CogManager {
    return new CogManager({
      loader: () => this.cogs,
      entries: cogEntries,
      fileOf: cogFile,
      sync: (force) =>
        deadline('registering the commands', SYNC_LIMIT_MS, (signal) => this.syncCommands(signal, force)),
    });
  }

  #createGateway(relay: ClientRelay): GatewayService {
    const { config, leases, telemetry, log, clock, onFatal, onBudgetDenied } = this.options;
    return new GatewayService({
      token: config.env.DISCORD_TOKEN,
      apiUrl: config.env.DISCORD_API_URL,
      loginTimeoutMs: config.env.TUX_LOGIN_TIMEOUT_MS,
      dependsOn: BEFORE_LOGIN,
      rehearsalAnswerer: () => createRehearsalAnswerer(this.services),
      leases,
      session: this.session,
      log,
      clock,
      onClient: (client) => relay.attach(client),
      onReady: (client) => relay.tellReady(client),
      onDisconnect: () => telemetry.noteDisconnect(),
      onFatalClose: onFatal,
      onBudgetDenied: ({ reason }) => onBudgetDenied(reason),
    });
  }
}
