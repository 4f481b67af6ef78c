import { once } from 'node:events';
import { join } from 'node:path';
import { Client, Events, GatewayIntentBits, Partials } from 'discord.js';
import { cogEntries } from '../../bot/cogs/index.js';
import { createReminderDelivery } from '../../bot/cogs/utility/reminder-delivery.js';
import { CommandRegistrar } from '../../bot/discord/command-registrar.js';
import type { BotServices } from '../../bot/framework/bot-services.js';
import { CogLoader } from '../../bot/framework/cog-loader.js';
import { ComponentRegistry } from '../../bot/framework/components.js';
import { Dispatcher } from '../../bot/framework/dispatcher.js';
import { LiveViews } from '../../bot/framework/live-views.js';
import { createMessenger } from '../../bot/framework/messenger.js';
import { PermissionSystem } from '../../bot/framework/permission-system.js';
import { PrefixManager } from '../../bot/framework/prefix-manager.js';
import { toSlashJson } from '../../bot/framework/slash-json.js';
import { JobQueue } from '../../bot/scheduling/job-queue.js';
import { ReminderService } from '../../bot/scheduling/reminders.js';
import { SANDBOX_IDS, SANDBOX_TOKEN, type Sandbox } from '../../sandbox/index.js';
import { systemClock } from '../../shared/clock.js';
import { emptyPermissionStore, type FakeGuildConfig, fakeServices, recordingLogger } from './framework-fakes.js';

const never = new AbortController().signal;

/** One run of the bot: the real framework, cogs, queue and reminders, with a database in memory. */
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

  constructor(
    readonly sandbox: Sandbox,
    readonly folder: string,
    guildConfig: FakeGuildConfig,
  ) {
    this.client = new Client({
      intents: [
        GatewayIntentBits.Guilds,
        GatewayIntentBits.GuildMessages,
        GatewayIntentBits.DirectMessages,
        GatewayIntentBits.MessageContent,
      ],
      partials: [Partials.Channel],
      rest: { api: sandbox.apiUrl },
      ws: { buildIdentifyThrottler: async () => ({ waitForIdentify: async () => {} }) },
    });
    const common = { runId: 'run', clock: systemClock, log: this.logger.log };
    const at = (name: string) => join(folder, name);
    const database = { ping: async () => 3, guildConfig, permissions: emptyPermissionStore };
    const messenger = createMessenger(() => this.client);
    this.jobs = new JobQueue({ ...common, snapshotPath: at('queue.json'), journalPath: at('queue.journal') });
    this.reminders = new ReminderService({ ...common, snapshotPath: at('rem.json'), journalPath: at('rem.journal') });
    this.services = fakeServices({
      ...common,
      database,
      messenger,
      jobs: this.jobs,
      reminders: this.reminders,
      tasks: { size: 2 },
      prefixes: new PrefixManager({ ...common, database, defaultPrefix: '$' }),
      permissions: new PermissionSystem({ ...common, database, ownerIds: [SANDBOX_IDS.users.owner] }),
      liveViews: new LiveViews({ ...common, path: at('live-views.json'), messenger, now: () => new Date() }),
      gateway: {
        status: () => ({ status: 'ready', guilds: 1, pingMs: 12, lastDispatchAgeMs: 0, lastAckAgeMs: 0, downForMs: 0 }),
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
    this.loader = new CogLoader({ services: this.services, components, client: this.client });
    this.dispatcher = new Dispatcher({ services: this.services, components });
  }

  async start(): Promise<void> {
    const { failed } = await this.loader.loadAll(cogEntries, never);
    if (failed[0]) throw failed[0].error;
    await Promise.all([this.jobs.open(), this.reminders.open(), this.services.liveViews.open()]);
    this.dispatcher.attach(this.client);
    const ready = once(this.client, Events.ClientReady);
    await this.client.login(SANDBOX_TOKEN);
    await ready;
    const { rest } = this.client;
    const { log, clock } = this.services;
    const registrar = new CommandRegistrar({
      path: join(this.folder, 'commands.json'),
      runId: 'run',
      rest,
      clock,
      log,
    });
    const commands = this.services.commands.list().map(({ command }) => toSlashJson(command));
    await registrar.register(SANDBOX_IDS.application, commands, never);
    await this.jobs.start();
    this.reminders.start(createReminderDelivery(this.services.messenger));
  }

  async stop(): Promise<void> {
    this.dispatcher.close();
    await this.dispatcher.drain(AbortSignal.timeout(1_000));
    await this.jobs.drain(AbortSignal.abort());
    await this.reminders.stop(AbortSignal.abort());
    await this.loader.unloadAll();
    await this.client.destroy();
    await Promise.all([this.jobs.dispose(), this.reminders.dispose()]);
  }
}
