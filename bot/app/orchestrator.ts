import type { Service } from '../../shared/lifecycle/index.js';
import { cogEntries, cogsFolder } from '../cogs/index.js';
import { createReminderDelivery } from '../cogs/utility/reminder-delivery.js';
import { createCogService } from '../framework/cog-loader.js';
import { createDmDelivery } from '../framework/delivery.js';
import { createHotReloadService } from '../framework/hot-reload.js';
import { createPermissionService } from '../framework/permission-system.js';
import { createPrefixService } from '../framework/prefix-manager.js';
import { catchUp } from './catch-up.js';
import { importCogs } from './late-modules.js';
import { notLoggedIn } from './not-logged-in.js';
import type { Tux } from './tux.js';

/** How long what nobody waits for is put off while Discord repeats what people said meanwhile. */
const HOUSEKEEPING_DELAY_MS = 1_000;
/** Longest that one task may take to end when it is told to. */
const TASK_CANCEL_LIMIT_MS = 1_500;

/**
 * The one place that lists what Tux consists of and in which order it starts: database → permissions → prefix (optional) →
 * cogs → durable state → task monitor → login → serving. What does not depend on each other starts in parallel.
 */
export class BotSetupOrchestrator {
  readonly #tux: Tux;

  constructor(tux: Tux) {
    this.#tux = tux;
  }

  services(): Service[] {
    const { database, gateway, services } = this.#tux;
    return [
      database,
      createPermissionService(services.permissions),
      createPrefixService(services.prefixes),
      this.#cogs(),
      this.#state(),
      this.#tasks(),
      gateway,
      this.#serving(),
      ...this.#development(),
    ];
  }

  /** Their modules can be imported ahead. */
  #cogs(): Service {
    const { cogs, options } = this.#tux;
    const wanted = cogEntries.filter((entry) => cogs.missingSettings(entry).length === 0);
    return { ...createCogService(cogs, cogEntries, options.isNewBuild), prepare: () => importCogs(wanted) };
  }

  #development(): Service[] {
    const { config, clock, log } = this.#tux.options;
    if (!config.env.TUX_DEV) return [];
    return [createHotReloadService({ cogs: this.#tux.services.cogs, folder: cogsFolder, clock, log })];
  }

  /** What earlier runs left to do. It knows the kinds of jobs only once the cogs are loaded. */
  #state(): Service {
    const { jobs, reminders, scheduledDms, events, services, registrar } = this.#tux;
    return {
      name: 'state',
      dependsOn: ['cogs'],
      async initialize() {
        const { liveViews, cooldowns, maintenance } = services;
        const stores = [jobs, reminders, scheduledDms, events, liveViews, cooldowns, maintenance, registrar];
        await Promise.all(stores.map((store) => store.open()));
      },
      async cleanup() {
        services.cooldowns.dispose();
        events.dispose();
        await Promise.all([jobs.dispose(), reminders.dispose(), scheduledDms.dispose()]);
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
    const tux = this.#tux;
    const { jobs, reminders, scheduledDms, tasks, gateway, services } = tux;
    return {
      name: 'serving',
      dependsOn: ['gateway'],
      async initialize() {
        const client = gateway.client ?? notLoggedIn();
        const delayMs = gateway.isReplaying ? HOUSEKEEPING_DELAY_MS : 0;
        await catchUp(tux, services.clock);
        await jobs.start(({ guildId, channelId }) => {
          if (guildId !== undefined && !client.guilds.cache.has(guildId)) return false;
          // The channels of a guild are all in the cache; a direct message has a channel that need not be.
          return guildId === undefined || channelId === undefined || client.channels.cache.has(channelId);
        });
        reminders.start(createReminderDelivery(services));
        // What changed while there was no Tux comes first: nobody is to be told of an event that was called off.
        await tux.eventFeed.refresh();
        scheduledDms.start(createDmDelivery(services.messenger, services.clock));
        const housekeeping = (name: string, work: (signal: AbortSignal) => Promise<unknown>) =>
          tasks.register({
            name,
            category: 'SYSTEM',
            run: async (signal) => {
              if (delayMs > 0) await services.clock.sleep(delayMs, signal);
              await work(signal);
            },
          });
        housekeeping('register-commands', (signal) => tux.syncCommands(signal, false));
        housekeeping('sync-emojis', (signal) => tux.emojis.syncQuietly(signal));
        housekeeping('rehydrate-live-views', (signal) => services.liveViews.rehydrate(signal));
      },
      cleanup: async () => {},
    };
  }
}
