import { once } from 'node:events';
import { join } from 'node:path';
import { type Client, Events } from 'discord.js';
import { cogEntries, cogFile } from '../../bot/cogs/index.js';
import { createReminderDelivery } from '../../bot/cogs/utility/reminder-delivery.js';
import { createClient } from '../../bot/discord/client-factory.js';
import { CommandRegistrar } from '../../bot/discord/command-registrar.js';
import { EmojiManager } from '../../bot/discord/emoji-manager.js';
import { EventFeed } from '../../bot/discord/event-feed.js';
import { nothingNoted } from '../../bot/framework/answer-note.js';
import type { BotServices } from '../../bot/framework/bot-services.js';
import { type CogEntry, CogLoader } from '../../bot/framework/cog-loader.js';
import { CogManager } from '../../bot/framework/cog-manager.js';
import { ComponentRegistry } from '../../bot/framework/components.js';
import { Cooldowns } from '../../bot/framework/cooldowns.js';
import { createDmDelivery } from '../../bot/framework/delivery.js';
import { Dispatcher } from '../../bot/framework/dispatcher.js';
import { EventCache } from '../../bot/framework/event-cache.js';
import type { EventSource } from '../../bot/framework/event-source.js';
import { LiveViews } from '../../bot/framework/live-views.js';
import { Maintenance } from '../../bot/framework/maintenance.js';
import { createMessenger } from '../../bot/framework/messenger.js';
import { PermissionSystem } from '../../bot/framework/permission-system.js';
import { PrefixManager } from '../../bot/framework/prefix-manager.js';
import { toSlashJson } from '../../bot/framework/slash-json.js';
import { JobQueue } from '../../bot/scheduling/job-queue.js';
import { ReminderService } from '../../bot/scheduling/reminders.js';
import { TaskMonitor } from '../../bot/scheduling/task-monitor.js';
import { SANDBOX_IDS, SANDBOX_TOKEN, type Sandbox } from '../../sandbox/index.js';
import { type Clock, systemClock } from '../../shared/clock.js';
import { LiveConfig } from '../../shared/config/live-config.js';
import { loadConfig } from '../../shared/config/load.js';
import type { Environment } from '../../shared/config/schema.js';
import { packageFile } from '../../shared/package.js';
import { fakeServices, recordingLogger } from './framework-fakes.js';

const never = new AbortController().signal;

/** What is real about a run, and what stands in. */
export interface BotRunOptions {
  readonly sandbox: Sandbox;
  /** For its state files: a second run with the same folder is a restart. */
  readonly folder: string;
  /** A real one, or as much of one as the test's cogs look at. */
  readonly database: object;
  /** One that is logged in, of a test that plays several runs in turn; `start` is not for them. Default: one of its own. */
  readonly client?: Client;
  /** Where its listeners listen. Default: the client. */
  readonly eventSource?: EventSource;
  /** Default: all of Tux's cogs. */
  readonly cogs?: readonly CogEntry[];
  /** Default: that of the machine. */
  readonly clock?: Clock;
  /** Settings; what is not given has its default. */
  readonly env?: Partial<Environment>;
}

/** One run of the bot in the test's own process: the real framework, client, cogs, queue and reminders. */
export class BotRun {
  readonly client: Client;
  readonly logger = recordingLogger();
  /** What was asked of the lifecycle. */
  readonly requests: [what: string, by: string, why: string][] = [];
  readonly services: BotServices;
  readonly dispatcher: Dispatcher;
  readonly loader: CogLoader;
  readonly jobs: JobQueue;
  readonly reminders: ReminderService;
  readonly scheduledDms: ReminderService;
  readonly events: EventCache;
  readonly eventFeed: EventFeed;
  readonly tasks: TaskMonitor;
  readonly #options: BotRunOptions;
  readonly #registrar: CommandRegistrar;

  constructor(options: BotRunOptions) {
    this.#options = options;
    const { sandbox, folder } = options;
    const database = options.database as BotServices['database'];
    this.client =
      options.client ??
      createClient({
        apiUrl: sandbox.apiUrl,
        buildIdentifyThrottler: () => ({ waitForIdentify: async () => {} }),
      });
    const common = { runId: 'run', clock: options.clock ?? systemClock, log: this.logger.log };
    const at = (name: string) => join(folder, name);
    const messenger = createMessenger(() => this.client as Client<true>);
    this.jobs = new JobQueue({ ...common, snapshotPath: at('queue.json'), journalPath: at('queue.journal') });
    const reminders = (kind: 'reminders' | 'dm-scheduled') =>
      new ReminderService({ ...common, kind, snapshotPath: at(`${kind}.json`), journalPath: at(`${kind}.journal`) });
    this.reminders = reminders('reminders');
    this.scheduledDms = reminders('dm-scheduled');
    this.events = new EventCache({ ...common, path: at('event-cache.json') });
    this.eventFeed = new EventFeed({ cache: this.events, client: () => this.client });
    const eventSource: EventSource = options.eventSource ?? this.client;
    this.eventFeed.attach(eventSource);
    this.tasks = new TaskMonitor(common);
    this.#registrar = new CommandRegistrar({ ...common, path: at('commands.json'), rest: this.client.rest });
    this.services = fakeServices({
      ...common,
      database,
      messenger,
      jobs: this.jobs,
      reminders: this.reminders,
      scheduledDms: this.scheduledDms,
      events: this.events,
      tasks: this.tasks,
      prefixes: new PrefixManager({ ...common, database, defaultPrefix: '$' }),
      permissions: new PermissionSystem({
        ...common,
        database,
        ownerIds: [SANDBOX_IDS.users.owner],
        sysadminIds: options.env?.TUX_SYSADMIN_IDS ?? [],
      }),
      config: configWith(options.env),
      cogs: this.#createCogManager(),
      emojis: new EmojiManager({
        ...common,
        client: () => this.client as Client<true>,
        folder: packageFile('assets/emojis'),
      }),
      liveViews: new LiveViews({ ...common, path: at('live-views.json'), messenger, now: () => new Date() }),
      cooldowns: new Cooldowns({ ...common, path: at('cooldowns.json') }),
      maintenance: new Maintenance({ ...common, path: at('maintenance.json'), isForced: () => false }),
      guilds: { get: (guildId) => this.client.guilds.cache.get(guildId) },
      gateway: {
        isReplaying: false,
        isBegun: false,
        answerNote: nothingNoted,
        isLeftToNext: false,
        showActivity: (text) => void this.requests.push(['activity', text ?? '', '']),
        status: () => ({
          status: 'ready',
          guilds: 1,
          pingMs: 12,
          lastDispatchAgeMs: 0,
          unansweredMs: 0,
          lastAckAgeMs: 0,
          downForMs: 0,
        }),
      },
      lifecycle: {
        restart: (by, why) => void this.requests.push(['restart', by, why]),
        shutdown: (by, why) => void this.requests.push(['shutdown', by, why]),
        identifyBudget: () => null,
        inspect: () => ({
          state: 'RUNNING',
          isDegraded: false,
          runId: 'run-1',
          uptimeMs: 61_000,
          services: [{ name: 'database', stage: 'running', critical: true }],
        }),
      },
    }).services;
    const components = new ComponentRegistry();
    this.loader = new CogLoader({ services: this.services, components, client: eventSource });
    this.dispatcher = new Dispatcher({ services: this.services, components });
  }

  #createCogManager(): CogManager {
    const entries = this.#options.cogs ?? cogEntries;
    return new CogManager({
      loader: () => this.loader,
      entries,
      fileOf: cogFile,
      sync: (force) => this.#registerCommands(force),
      // Sources are not compiled here: the cog that is in memory stands in for the one on disk.
      importModule: async (file) => ({
        cog: await entries.find(({ name }) => file.href === cogFile(name).href)?.load(),
      }),
    });
  }

  async start(): Promise<void> {
    const { failed } = await this.loader.loadAll(this.#options.cogs ?? cogEntries, never);
    if (failed[0]) throw failed[0].error;
    const { liveViews, cooldowns, maintenance } = this.services;
    const stores = [this.jobs, this.reminders, this.scheduledDms, this.events, liveViews, cooldowns, maintenance];
    await Promise.all(stores.map((store) => store.open()));
    this.tasks.start();
    this.dispatcher.attach(this.client);
    const ready = once(this.client, Events.ClientReady);
    await this.client.login(SANDBOX_TOKEN);
    await ready;
    await this.#registerCommands(false);
    await this.jobs.start();
    this.reminders.start(createReminderDelivery(this.services));
    await this.eventFeed.refresh();
    this.scheduledDms.start(createDmDelivery(this.services.messenger, systemClock));
  }

  #registerCommands(force: boolean): Promise<'unchanged' | 'registered'> {
    const commands = this.services.commands.list().map(({ command }) => toSlashJson(command));
    return this.#registrar.register(SANDBOX_IDS.application, commands, never, { force });
  }

  async stop(): Promise<void> {
    this.dispatcher.close();
    await this.dispatcher.drain(AbortSignal.timeout(1_000));
    await this.jobs.drain(AbortSignal.abort());
    await this.reminders.stop(AbortSignal.abort());
    await this.scheduledDms.stop(AbortSignal.abort());
    await this.loader.unloadAll();
    await this.tasks.cancelAll(1_000);
    await this.client.destroy();
    await Promise.all([this.services.cooldowns, this.events].map((store) => store.persist()));
    this.services.cooldowns.dispose();
    this.events.dispose();
    await Promise.all([this.jobs.dispose(), this.reminders.dispose(), this.scheduledDms.dispose()]);
  }
}

function configWith(env: Partial<Environment> = {}): LiveConfig {
  const config = loadConfig({ DISCORD_TOKEN: SANDBOX_TOKEN, TUX_OWNER_IDS: SANDBOX_IDS.users.owner });
  return new LiveConfig({ ...config, env: { ...config.env, ...env } });
}
