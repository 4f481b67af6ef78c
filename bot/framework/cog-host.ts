import { deadline } from '../../shared/deadline.js';
import { toError } from '../../shared/errors.js';
import type { TaskHandle } from '../scheduling/task-monitor.js';
import type { BotServices } from './bot-services.js';
import type { Cog, CogListener, CogTask } from './cog.js';
import type { ComponentRegistry } from './components.js';
import type { EventSource } from './event-source.js';

/** Well below the time for the whole start: a cog that hangs must not take the others with it. */
const SETUP_LIMIT_MS = 10_000;

export interface CogHostOptions {
  readonly services: BotServices;
  readonly components: ComponentRegistry;
  readonly client: EventSource;
}

/**
 * Puts everything a cog declares into use.
 *
 * @returns what takes it all out again, in reverse order.
 * @throws whatever the cog threw, or TUX_COMMAND_DUPLICATE; then nothing of the cog is left in use.
 */
export async function hostCog(cog: Cog, options: CogHostOptions, signal?: AbortSignal): Promise<() => Promise<void>> {
  const { services, components } = options;
  const releasers: (() => Promise<void> | void)[] = [];
  const release = () => releaseAll(cog, releasers, services);
  const atWork = new ListenersAtWork();
  // Last of all: its tasks may still bring to an end what a listener waits for.
  releasers.push(() => atWork.abandon());
  try {
    const setup = (limit: AbortSignal) => cog.setup(services, limit);
    await deadline(`setup of cog ${cog.name}`, SETUP_LIMIT_MS, setup, signal, services.clock);
    releasers.push(() => cog.unload());
    releasers.push(() => services.commands.removeCog(cog.name));
    for (const command of cog.commands) services.commands.add(cog.name, command);
    components.addCog(cog.name, cog.components);
    releasers.push(() => components.removeCog(cog.name));
    for (const job of cog.jobs(services)) releasers.push(services.jobs.register(job));
    for (const [kind, renderer] of Object.entries(cog.liveViews(services))) {
      services.liveViews.addRenderer(kind, renderer);
      releasers.push(() => services.liveViews.removeRenderer(kind));
    }
    const eventListener = cog.scheduledEvents(services);
    if (eventListener) releasers.push(services.events.subscribe(eventListener));
    for (const task of cog.tasks(services)) {
      const handle = registerTask(cog, task, services);
      releasers.push(async () => void (await handle.cancel()));
    }
    for (const listener of cog.listeners) releasers.push(listen(cog, listener, options, atWork));
    return release;
  } catch (error) {
    await release();
    throw toError(error);
  }
}

function registerTask(cog: Cog, task: CogTask, { tasks }: BotServices): TaskHandle {
  const name = `${cog.name}.${task.name}`;
  switch (task.kind) {
    case 'continuous':
      return tasks.register({ ...task, name });
    case 'periodic':
      return tasks.registerPeriodic({ ...task, name });
    case 'calendar':
      return tasks.registerCalendar({ ...task, name });
  }
}

/**
 * What the listeners of a cog are dealing with. A listener may wait for a task of its cog; once that is gone it would wait for
 * ever, and the event with it, after which no event would count as dealt with any more.
 */
class ListenersAtWork {
  readonly #leave = new Set<() => void>();

  /** Resolves when `work` has settled, or was abandoned. */
  run(work: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const leave = () => {
        this.#leave.delete(leave);
        resolve();
      };
      this.#leave.add(leave);
      void work.then(leave, leave);
    });
  }

  /** The cog is out of use: nobody can bring to an end what is still open. */
  abandon(): void {
    for (const leave of this.#leave) leave();
  }
}

function listen(
  cog: Cog,
  { event, run }: CogListener,
  { services, client }: CogHostOptions,
  atWork: ListenersAtWork,
): () => void {
  const handle = async (args: unknown[]) => {
    try {
      await run(services, ...args);
    } catch (err) {
      const fields = { event: 'listener:failed', err, cog: cog.name, on: event };
      services.log.error(fields, `❌ a listener of cog ${cog.name} failed`);
    }
  };
  const onEvent = (...args: unknown[]) => atWork.run(handle(args));
  client.on(event, onEvent);
  return () => client.off(event, onEvent);
}

/** Last in, first out; one that fails is logged and does not keep the others from running. */
async function releaseAll(cog: Cog, releasers: (() => Promise<void> | void)[], services: BotServices): Promise<void> {
  for (let release = releasers.pop(); release; release = releasers.pop()) {
    try {
      await release();
    } catch (err) {
      services.log.error(
        { event: 'cog:unload:failed', err, cog: cog.name },
        `❌ cog ${cog.name} did not unload cleanly`,
      );
    }
  }
}
