import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'discord.js';
import { cogEntries } from '../../bot/cogs/index.js';
import type { Database } from '../../bot/database/database.js';
import type { EventSource } from '../../bot/framework/event-source.js';
import type { Sandbox } from '../../sandbox/index.js';
import { FakeClock } from '../../shared/testing/fake-clock.js';
import { BotRun } from './bot-run.js';

const never = new AbortController().signal;

/** Time goes by in steps of this, and no faster than out here. */
const STEP_MS = 20;

/** What a program does after its death: nothing. */
class Killed extends Error {
  override readonly name = 'Killed';
}

/** Counts the effects of one life, and ends it right after one of them: done, but nobody got to know. */
class Mortality {
  readonly effects: string[] = [];
  /** Resolves when the life is over. */
  readonly death: Promise<void>;
  readonly #diesAfter: number;
  #isDead = false;
  #noteDeath = () => {};

  /** @param diesAfter how many effects; Infinity: never. */
  constructor(diesAfter: number) {
    this.#diesAfter = diesAfter;
    this.death = new Promise((resolve) => {
      this.#noteDeath = resolve;
    });
    if (diesAfter === 0) this.die();
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  die(): void {
    this.#isDead = true;
    this.#noteDeath();
  }

  /** Something that leaves no trace, as long as there is a life. */
  async look<T>(work: () => T): Promise<Awaited<T>> {
    if (this.isDead) throw new Killed('dead');
    const result = await work();
    if (this.isDead) throw new Killed('dead');
    return result;
  }

  async act<T>(name: string, work: () => T): Promise<Awaited<T>> {
    if (this.isDead) throw new Killed('dead');
    const result = await work();
    this.effects.push(name);
    if (this.effects.length >= this.#diesAfter) this.die();
    if (this.isDead) throw new Killed(`after ${name}`);
    return result;
  }
}

const READS = /^(get(?!OrCreate)|list|find|count|search|standing|leaderboard|tally|newest)/;

/** The database as a life sees it: each change of a controller, and each transaction, is one effect. */
function mortalDatabase(database: Database, life: Mortality): object {
  const mortalController = (name: string, controller: object) =>
    new Proxy(controller, {
      get: (target, method) => {
        const value = Reflect.get(target, method, target) as unknown;
        if (typeof value !== 'function') return value;
        const call = (args: unknown[]) => value.apply(target, args) as unknown;
        return (...args: unknown[]) =>
          READS.test(String(method))
            ? life.look(() => call(args))
            : life.act(`${name}.${String(method)}`, () => call(args));
      },
    });
  return new Proxy(database, {
    get: (target, name) => {
      const value = Reflect.get(target, name, target) as unknown;
      if (name === 'transaction') {
        return (work: Parameters<Database['transaction']>[0]) =>
          life.act('transaction', () => target.transaction(work));
      }
      if (typeof value === 'function') return value.bind(target);
      return typeof value === 'object' && value !== null ? mortalController(String(name), value) : value;
    },
  });
}

function makeMortal<T extends object>(target: T, methods: readonly (keyof T & string)[], life: Mortality): void {
  for (const method of methods) {
    const work = target[method] as (...args: unknown[]) => unknown;
    const mortal = (...args: unknown[]) => life.act(method, () => work.apply(target, args));
    Object.defineProperty(target, method, { value: mortal });
  }
}

/** Listeners of a life, called by the test alone. */
class Listeners implements EventSource {
  readonly #byEvent = new Map<string, Set<(...args: unknown[]) => unknown>>();

  on(event: string, listener: (...args: unknown[]) => unknown): this {
    this.#byEvent.set(event, (this.#byEvent.get(event) ?? new Set()).add(listener));
    return this;
  }

  off(event: string, listener: (...args: unknown[]) => unknown): this {
    this.#byEvent.get(event)?.delete(listener);
    return this;
  }

  async emit(event: string, ...args: unknown[]): Promise<void> {
    await Promise.all([...(this.#byEvent.get(event) ?? [])].map((listener) => listener(...args)));
  }
}

/** How long a life lasts, and what came before it. */
export interface LifeOptions {
  /** Default: it lives on. */
  readonly diesAfter?: number;
  /** Its events have been told to a life before it. */
  readonly isReplaying?: boolean;
}

/** One run of the bot, which may die at any of its effects. */
export class Life {
  readonly bot: BotRun;
  readonly #mortality: Mortality;
  readonly #listeners: Listeners;
  readonly #clock: FakeClock;

  constructor(bot: BotRun, mortality: Mortality, listeners: Listeners, clock: FakeClock) {
    this.bot = bot;
    this.#mortality = mortality;
    this.#listeners = listeners;
    this.#clock = clock;
  }

  /** What it did, in order. */
  get effects(): readonly string[] {
    return this.#mortality.effects;
  }

  get isDead(): boolean {
    return this.#mortality.isDead;
  }

  /** Hands an event to the dispatcher. Resolves when it is dealt with, or the life is over. */
  handle(event: { readonly type: 'message' | 'interaction'; readonly subject: unknown }): Promise<void> {
    const { dispatcher } = this.bot;
    return lifeOf.run(this.#mortality, () =>
      event.type === 'message'
        ? dispatcher.handleMessage(event.subject as never)
        : dispatcher.handleInteraction(event.subject as never),
    );
  }

  /** Hands an event to the listeners of the cogs. Time goes by meanwhile: some of them wait for what they have put off. */
  async tell(event: string, ...args: unknown[]): Promise<void> {
    const told = lifeOf.run(this.#mortality, () => this.#listeners.emit(event, ...args));
    await this.#whileTimeGoesBy(Promise.race([told, this.#mortality.death]));
  }

  /** Runs the jobs that wait. */
  runJobs(): Promise<void> {
    return lifeOf.run(this.#mortality, () => this.bot.jobs.start());
  }

  /** Lets go of the files without writing anything, as a process does that is killed. */
  async end(): Promise<void> {
    const { jobs, reminders, scheduledDms, tasks, events, services } = this.bot;
    this.#mortality.die();
    await this.#whileTimeGoesBy(tasks.cancelAll(1_000));
    services.cooldowns.dispose();
    events.dispose();
    await Promise.all([jobs.dispose(), reminders.dispose(), scheduledDms.dispose()]);
  }

  async #whileTimeGoesBy(work: Promise<unknown>): Promise<void> {
    let isOver = false;
    const end = work.finally(() => {
      isOver = true;
    });
    const goBy = async () => {
      for (; !isOver; await this.#clock.advance(STEP_MS)) await sleep(STEP_MS);
    };
    await Promise.all([end, goBy()]);
  }
}

const lifeOf = new AsyncLocalStorage<Mortality>();

/** Makes each request of a client an effect of the life that sends it. */
export function countRequests({ rest }: Client): void {
  const request = rest.request.bind(rest);
  rest.request = (options) => {
    const life = lifeOf.getStore();
    const send = () => request(options);
    if (!life) return send();
    return options.method === 'GET' ? life.look(send) : life.act(`${options.method} ${options.fullRoute}`, send);
  };
}

/**
 * The state files of several lives, one after the other, and their time. It stands still but while a life tells its listeners, or ends:
 * however long the machine takes, no interaction grows too old to be answered, and what is put off is not done half of the time.
 */
export class Lives {
  readonly #clock = new FakeClock(Date.now());
  readonly #parts: { sandbox: Sandbox; database: Database; client: Client };
  readonly #folder: string;

  private constructor(parts: { sandbox: Sandbox; database: Database; client: Client }, folder: string) {
    this.#parts = parts;
    this.#folder = folder;
  }

  static async create(parts: { sandbox: Sandbox; database: Database; client: Client }): Promise<Lives> {
    return new Lives(parts, await mkdtemp(join(tmpdir(), 'tux-lives-')));
  }

  async begin({ diesAfter = Number.POSITIVE_INFINITY, isReplaying = false }: LifeOptions = {}): Promise<Life> {
    const { sandbox, database, client } = this.#parts;
    const listeners = new Listeners();
    const folder = this.#folder;
    const fated = new Mortality(diesAfter);
    const bot = new BotRun({
      sandbox,
      folder,
      client,
      database: mortalDatabase(database, fated),
      eventSource: listeners,
      clock: this.#clock,
    });
    const { services } = bot;
    await bot.loader.loadAll(cogEntries, never);
    const { liveViews, cooldowns, maintenance } = services;
    const stores = [bot.jobs, bot.reminders, bot.scheduledDms, bot.events, liveViews, cooldowns, maintenance];
    await Promise.all(stores.map((store) => store.open()));
    makeMortal(bot.jobs, ['enqueue'], fated);
    makeMortal(bot.reminders, ['create', 'cancel'], fated);
    makeMortal(bot.scheduledDms, ['create', 'cancel', 'change'], fated);
    makeMortal(services.liveViews, ['track'], fated);
    makeMortal(services.maintenance, ['turnOn', 'turnOff'], fated);
    // Each life deals with the same few events, and this is not about which of them the one before had begun to answer.
    const answerNote = { isBegun: isReplaying, begin: () => {} };
    Object.assign(services.gateway, { isReplaying, isBegun: isReplaying, answerNote });
    lifeOf.run(fated, () => bot.tasks.start());
    return new Life(bot, fated, listeners, this.#clock);
  }

  async dispose(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
