import type { Clock } from '../../shared/clock.js';
import type { Config } from '../../shared/config/load.js';
import type { TuxError } from '../../shared/errors.js';
import type { Logger } from '../../shared/logging/logger.js';
import { createDatabaseService, type DatabaseService } from '../database/database-service.js';
import { ClientRelay } from '../discord/client-relay.js';
import { GatewayService } from '../discord/gateway-service.js';
import type { IdentifyLeases } from '../discord/identify-leases.js';
import type { BotServices, LifecyclePort } from '../framework/bot-services.js';
import { CogLoader } from '../framework/cog-loader.js';
import { CommandRegistry } from '../framework/command-registry.js';
import { ComponentRegistry } from '../framework/components.js';
import { Dispatcher } from '../framework/dispatcher.js';
import { LiveViews } from '../framework/live-views.js';
import { createMessenger } from '../framework/messenger.js';
import { PermissionSystem } from '../framework/permission-system.js';
import { PrefixManager } from '../framework/prefix-manager.js';
import { JobQueue } from '../scheduling/job-queue.js';
import { ReminderService } from '../scheduling/reminders.js';
import { TaskMonitor } from '../scheduling/task-monitor.js';
import type { ErrorReporter } from '../telemetry/error-reporter.js';
import { notLoggedIn } from './not-logged-in.js';

export interface TuxOptions {
  readonly config: Config;
  readonly runId: string;
  readonly leases: IdentifyLeases;
  readonly lifecycle: LifecyclePort;
  readonly reporter: ErrorReporter;
  readonly log: Logger;
  readonly clock: Clock;
  /** Something only a new run can mend: a fatal close, a lost database. */
  readonly onFatal: (error: TuxError) => void;
  /** The IDENTIFY budget has none to give. */
  readonly onBudgetDenied: (reason: string) => void;
}

/** Services that must be up before Tux logs in, so that a failing start costs no IDENTIFY. */
const BEFORE_LOGIN = ['database', 'permissions', 'prefix', 'cogs', 'state', 'tasks'];

/**
 * The parts of the bot, put together. Building it opens no socket, no file and no timer; the services that
 * `BotSetupOrchestrator` lists do that, in order.
 */
export class Tux {
  readonly options: TuxOptions;
  readonly database: DatabaseService;
  readonly gateway: GatewayService;
  readonly jobs: JobQueue;
  readonly reminders: ReminderService;
  readonly tasks: TaskMonitor;
  readonly cogs: CogLoader;
  readonly dispatcher: Dispatcher;
  readonly services: BotServices;

  constructor(options: TuxOptions) {
    this.options = options;
    const { config, clock, log, runId } = options;
    const { paths } = config;
    const common = { clock, log, runId };
    const relay = new ClientRelay();
    this.database = createDatabaseService({ config, paths, log, onLost: options.onFatal });
    this.gateway = this.#createGateway(relay);
    this.tasks = new TaskMonitor(common);
    this.jobs = new JobQueue({ ...common, snapshotPath: paths.queueCache, journalPath: paths.queueJournal });
    this.reminders = new ReminderService({
      ...common,
      snapshotPath: paths.reminders,
      journalPath: paths.remindersJournal,
    });
    const database = this.database.database;
    const messenger = createMessenger(() => this.gateway.client ?? notLoggedIn());
    this.services = {
      config,
      database,
      jobs: this.jobs,
      reminders: this.reminders,
      tasks: this.tasks,
      prefixes: new PrefixManager({ database, defaultPrefix: config.env.TUX_PREFIX, clock, log }),
      permissions: new PermissionSystem({ database, ownerIds: config.env.TUX_OWNER_IDS, clock, log }),
      commands: new CommandRegistry(),
      liveViews: new LiveViews({ path: paths.liveViews, runId, messenger, log, now: () => new Date(clock.now()) }),
      messenger,
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
        onCommandFinished: ({ path, result, error, errorId }) => {
          if (result === 'failed') options.reporter.capture(error, { command: path, errorId: errorId ?? '' });
        },
      },
    });
    this.dispatcher.attach(relay);
  }

  #createGateway(relay: ClientRelay): GatewayService {
    const { config, leases, log, clock, onFatal, onBudgetDenied } = this.options;
    return new GatewayService({
      token: config.env.DISCORD_TOKEN,
      apiUrl: config.env.DISCORD_API_URL,
      loginTimeoutMs: config.env.TUX_LOGIN_TIMEOUT_MS,
      dependsOn: BEFORE_LOGIN,
      leases,
      log,
      clock,
      onClient: (client) => relay.attach(client),
      onFatalClose: onFatal,
      onBudgetDenied: ({ reason }) => onBudgetDenied(reason),
    });
  }
}
