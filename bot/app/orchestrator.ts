import type { Service } from '../../shared/lifecycle/index.js';
import { cogEntries } from '../cogs/index.js';
import { createReminderDelivery } from '../cogs/utility/reminder-delivery.js';
import { CommandRegistrar } from '../discord/command-registrar.js';
import { createCogService } from '../framework/cog-loader.js';
import { createPermissionService } from '../framework/permission-system.js';
import { createPrefixService } from '../framework/prefix-manager.js';
import { toSlashJson } from '../framework/slash-json.js';
import { notLoggedIn } from './not-logged-in.js';
import type { Tux } from './tux.js';

/** Longest that one task may take to end when it is told to. */
const TASK_CANCEL_LIMIT_MS = 1_500;

/**
 * The one place that lists what Tux consists of and in which order it starts: database → permissions → prefix (optional) →
 * cogs → durable state → task monitor → login → serving. What does not depend on each other starts in parallel.
 */
export class BotSetupOrchestrator {
  readonly #tux: Tux;
  readonly #registrar: CommandRegistrar;

  constructor(tux: Tux) {
    this.#tux = tux;
    const { config, runId, clock, log } = tux.options;
    this.#registrar = new CommandRegistrar({
      path: config.paths.commandCache,
      runId,
      rest: { put: (route, options) => (tux.gateway.client ?? notLoggedIn()).rest.put(route, options) },
      clock,
      log,
    });
  }

  services(): Service[] {
    const { database, cogs, gateway, services } = this.#tux;
    return [
      database,
      createPermissionService(services.permissions),
      createPrefixService(services.prefixes),
      createCogService(cogs, cogEntries),
      this.#state(),
      this.#tasks(),
      gateway,
      this.#serving(),
    ];
  }

  /** What earlier runs left to do. It knows the kinds of jobs only once the cogs are loaded. */
  #state(): Service {
    const { jobs, reminders, services } = this.#tux;
    const registrar = this.#registrar;
    return {
      name: 'state',
      dependsOn: ['cogs'],
      async initialize() {
        await Promise.all([jobs.open(), reminders.open(), services.liveViews.open(), registrar.open()]);
      },
      async cleanup() {
        await Promise.all([jobs.dispose(), reminders.dispose()]);
      },
    };
  }

  #tasks(): Service {
    const { tasks } = this.#tux;
    return {
      name: 'tasks',
      dependsOn: ['cogs'],
      initialize: async () => tasks.start(),
      async cleanup() {
        await tasks.cancelAll(TASK_CANCEL_LIMIT_MS);
      },
    };
  }

  /** After login: jobs run, reminders go out, messages with live content come back to life. */
  #serving(): Service {
    const { jobs, reminders, tasks, gateway, services } = this.#tux;
    const registrar = this.#registrar;
    return {
      name: 'serving',
      dependsOn: ['gateway'],
      async initialize() {
        const client = gateway.client ?? notLoggedIn();
        await jobs.start(({ guildId, channelId }) => {
          if (guildId !== undefined && !client.guilds.cache.has(guildId)) return false;
          // The channels of a guild are all in the cache; a direct message has a channel that need not be.
          return guildId === undefined || channelId === undefined || client.channels.cache.has(channelId);
        });
        reminders.start(createReminderDelivery(services.messenger));
        const commands = services.commands.list().map(({ command }) => toSlashJson(command));
        tasks.register({
          name: 'register-commands',
          category: 'SYSTEM',
          run: async (signal) => void (await registrar.register(client.application.id, commands, signal)),
        });
        tasks.register({
          name: 'rehydrate-live-views',
          category: 'SYSTEM',
          run: async (signal) => void (await services.liveViews.rehydrate(signal)),
        });
      },
      cleanup: async () => {},
    };
  }
}
