import type { ClientEvents } from 'discord.js';
import type { JobKind } from '../scheduling/job-kind.js';
import type { CalendarTaskSpec, PeriodicTaskSpec, TaskSpec } from '../scheduling/task-monitor.js';
import type { BotServices } from './bot-services.js';
import type { TopLevelCommand } from './command.js';
import type { ComponentHandler } from './components.js';
import type { EventListener } from './event-cache.js';
import type { LiveViewRenderer } from './live-views.js';

/** Cogs with a higher number are set up first; those with the same one together. */
export const COG_PRIORITIES = {
  services: 90,
  config: 85,
  admin: 80,
  levels: 70,
  moderation: 60,
  snippets: 50,
  guild: 40,
  utility: 30,
  info: 20,
  fun: 10,
  tools: 5,
  plugins: 1,
} as const;

/** A background task of a cog; the name is prefixed with the cog's. */
export type CogTask =
  | ({ readonly kind: 'continuous' } & TaskSpec)
  | ({ readonly kind: 'periodic' } & PeriodicTaskSpec)
  | ({ readonly kind: 'calendar' } & CalendarTaskSpec);

/** A listener for one event of the Discord client. */
export interface CogListener {
  readonly event: keyof ClientEvents;
  run(services: BotServices, ...args: unknown[]): Promise<void> | void;
}

/** A module of commands, buttons, jobs, live views and listeners that is loaded and unloaded as one. */
export interface Cog {
  /** Lower case; also the first part of its buttons' custom ids. */
  readonly name: string;
  readonly priority: number;
  readonly commands: readonly TopLevelCommand[];
  /** Button handlers by action: `v1:<cog>.<action>:…`. */
  readonly components: Readonly<Record<string, ComponentHandler>>;
  readonly listeners: readonly CogListener[];
  /** Kinds of jobs it brings. While the cog is not loaded, jobs of these kinds wait in the queue. */
  jobs(services: BotServices): readonly JobKind<unknown>[];
  /** Live views it draws, by kind. */
  liveViews(services: BotServices): Readonly<Record<string, LiveViewRenderer>>;
  /** Told of every change of the scheduled events, also of those that happened while the bot was not there; null: of none. */
  scheduledEvents(services: BotServices): EventListener | null;
  /** Background tasks: registered when the cog is loaded, cancelled when it is unloaded. */
  tasks(services: BotServices): readonly CogTask[];
  /** Called once before anything of the cog is in use. When it throws, the cog is not loaded. */
  setup(services: BotServices, signal: AbortSignal): Promise<void>;
  /** Undoes `setup`. */
  unload(): Promise<void>;
}

/** What a cog declares; everything but the name may be left out. */
export type CogSpec = Pick<Cog, 'name'> & Partial<Cog>;

/** Fills in what the specification leaves out. Priority: {@link COG_PRIORITIES}.plugins. */
export function defineCog(spec: CogSpec): Cog {
  return {
    priority: COG_PRIORITIES.plugins,
    commands: [],
    components: {},
    listeners: [],
    jobs: () => [],
    liveViews: () => ({}),
    scheduledEvents: () => null,
    tasks: () => [],
    setup: async () => {},
    unload: async () => {},
    ...spec,
  };
}

/** Types the arguments of a listener by its event. */
export function defineListener<E extends keyof ClientEvents>(
  event: E,
  run: (services: BotServices, ...args: ClientEvents[E]) => Promise<void> | void,
): CogListener {
  // discord.js calls it with the arguments of this very event.
  return { event, run: (services, ...args) => run(services, ...(args as ClientEvents[E])) };
}
