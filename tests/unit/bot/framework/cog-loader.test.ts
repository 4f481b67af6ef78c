import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import type { BotServices } from '../../../../bot/framework/bot-services.js';
import { type Cog, type CogSpec, defineCog } from '../../../../bot/framework/cog.js';
import { CogLoader, createCogService } from '../../../../bot/framework/cog-loader.js';
import { defineCommand } from '../../../../bot/framework/command.js';
import { ComponentRegistry } from '../../../../bot/framework/components.js';
import { fakeServices } from '../../../support/framework-fakes.js';

const signal = new AbortController().signal;
const ping = (name = 'ping') => defineCommand({ name, description: 'Ping.', run: async () => {} });
const entry = (spec: CogSpec) => ({ name: spec.name, load: async () => defineCog(spec) });
const broken = { name: 'broken', load: async (): Promise<Cog> => Promise.reject(new Error('syntax error')) };

describe('CogLoader', () => {
  let client: EventEmitter;
  let world: ReturnType<typeof fakeServices>;
  let components: ComponentRegistry;
  let jobKinds: Set<string>;
  let renderers: Set<string>;
  let loader: CogLoader;

  beforeEach(() => {
    jobKinds = new Set();
    renderers = new Set();
    const jobs = {
      register: ({ name }: { name: string }) => {
        jobKinds.add(name);
        return () => jobKinds.delete(name);
      },
    } as unknown as BotServices['jobs'];
    const liveViews = {
      addRenderer: (kind: string) => renderers.add(kind),
      removeRenderer: (kind: string) => renderers.delete(kind),
    } as unknown as BotServices['liveViews'];
    world = fakeServices({ jobs, liveViews });
    client = new EventEmitter();
    components = new ComponentRegistry();
    loader = new CogLoader({ services: world.services, components, client });
  });

  it('loads by priority, the highest first, and those of one priority together', async () => {
    const order: string[] = [];
    const cog = (name: string, priority: number) =>
      entry({
        name,
        priority,
        setup: async () => {
          order.push(`${name}>`);
          await world.clock.settle();
          order.push(`<${name}`);
        },
      });
    await loader.loadAll([cog('low', 1), cog('a', 90), cog('mid', 30), cog('b', 90)], signal);
    expect(order).toEqual(['a>', 'b>', '<a', '<b', 'mid>', '<mid', 'low>', '<low']);
  });

  it('reports a cog that cannot be imported or set up, and loads the others', async () => {
    const setup = async () => Promise.reject(new Error('no key'));
    const entries = [
      broken,
      entry({ name: 'unready', commands: [ping('pong')], setup }),
      entry({ name: 'ok', commands: [ping()] }),
    ];
    const report = await loader.loadAll(entries, signal);
    expect(report.loaded).toEqual(['ok']);
    expect(report.failed.map(({ cog, error }) => [cog, error.message])).toEqual([
      ['broken', 'syntax error'],
      ['unready', 'no key'],
    ]);
    expect(world.services.commands.get('pong')).toBeUndefined();
    expect(world.logger.records.map(({ msg }) => msg)).toContain('❌ cog broken was not loaded: syntax error');
  });

  it('fails when not a single cog could be loaded', async () => {
    await expect(loader.loadAll([broken], signal)).rejects.toMatchObject({ code: 'TUX_COGS' });
    await expect(loader.loadAll([], signal)).resolves.toEqual({ loaded: [], failed: [], skipped: [] });
  });

  it('reports a command name that is taken, and leaves nothing of that cog in use', async () => {
    const listener = { event: 'guildDelete' as const, run: () => {} };
    let unloads = 0;
    const unload = async () => {
      unloads += 1;
    };
    const second = entry({ name: 'b', priority: 1, commands: [ping('fine'), ping()], listeners: [listener], unload });
    const report = await loader.loadAll([entry({ name: 'a', priority: 2, commands: [ping()] }), second], signal);
    expect(report.failed[0]?.error.message).toContain("Command 'ping' of cog 'b' exists in cog 'a'");
    expect(world.services.commands.list().map(({ command }) => command.name)).toEqual(['ping']);
    expect(client.listenerCount('guildDelete')).toBe(0);
    expect(unloads).toBe(1);
  });

  it('refuses a second cog of one name without harming the first', async () => {
    const report = await loader.loadAll([entry({ name: 'a', commands: [ping()] }), entry({ name: 'a' })], signal);
    expect(report.loaded).toEqual(['a']);
    expect(report.failed[0]?.error).toMatchObject({ code: 'TUX_COG_DUPLICATE' });
    expect(world.services.commands.get('ping')).toBeDefined();
  });

  it('takes out all that a cog brought when it is unloaded, and can load it again', async () => {
    const cog = entry({
      name: 'full',
      commands: [ping()],
      components: { press: { run: async () => {} } },
      listeners: [{ event: 'guildDelete', run: () => {} }],
      jobs: () => [
        { name: 'job', idempotent: true, run: async () => {} } as unknown as ReturnType<Cog['jobs']>[number],
      ],
      liveViews: () => ({ view: () => ({}) }),
    });
    const inUse = () => [
      world.services.commands.list().length,
      components.find({ cog: 'full', action: 'press', args: [] }) === undefined ? 0 : 1,
      client.listenerCount('guildDelete'),
      jobKinds.size,
      renderers.size,
    ];
    for (let round = 0; round < 2; round += 1) {
      await loader.loadAll([cog], signal);
      expect(inUse()).toEqual([1, 1, 1, 1, 1]);
      expect(await loader.unload('full')).toBe(true);
      expect(inUse()).toEqual([0, 0, 0, 0, 0]);
    }
    expect(await loader.unload('full')).toBe(false);
  });

  it('goes on unloading when one cog refuses', async () => {
    const unload = async () => Promise.reject(new Error('stuck'));
    await loader.loadAll([entry({ name: 'a', commands: [ping()] }), entry({ name: 'b', priority: 0, unload })], signal);
    await loader.unloadAll();
    expect(world.services.commands.list()).toEqual([]);
    expect(world.logger.events()).toContain('cog:unload:failed');
  });

  it('keeps the error of a listener away from the client', async () => {
    const listener = { event: 'guildDelete' as const, run: async () => Promise.reject(new Error('oops')) };
    await loader.loadAll([entry({ name: 'a', listeners: [listener] })], signal);
    client.emit('guildDelete', {});
    await world.clock.settle();
    expect(world.logger.events()).toContain('listener:failed');
  });

  it('gives up what a listener still waits for when its cog is gone, after the tasks that may bring it to an end', async () => {
    const steps: string[] = [];
    const cog = entry({
      name: 'a',
      listeners: [{ event: 'guildDelete', run: () => new Promise<void>(() => {}) }],
      tasks: () => [{ kind: 'continuous', name: 'work', category: 'SYSTEM', run: async () => {} }],
    });
    const tasks = {
      register: () => ({ name: 'a.work', cancel: async () => Boolean(steps.push('task ended')) }),
    } as unknown as BotServices['tasks'];
    Object.assign(world.services, { tasks });
    await loader.loadAll([cog], signal);
    const [listener = () => {}] = client.listeners('guildDelete') as ((...args: unknown[]) => unknown)[];
    const handled = Promise.resolve(listener({})).then(() => steps.push('given up'));
    await world.clock.settle();
    expect(steps).toEqual([]);
    await loader.unload('a');
    await handled;
    expect(steps).toEqual(['task ended', 'given up']);
  });

  it('warns about a slow cog', async () => {
    await Promise.all([
      loader.loadAll([entry({ name: 'slow', setup: () => world.clock.sleep(1_001) })], signal),
      world.clock.whenSleeping().then(() => world.clock.advance(1_001)),
    ]);
    expect(world.logger.records.map(({ msg }) => msg)).toContain('⚠️ cog slow took 1001 ms to load');
  });

  it('of a new build needs all cogs, and says which failed and why, now and later', async () => {
    const bad = entry({ name: 'bad', setup: () => Promise.reject(new Error('odd rows')) });
    const entries = [entry({ name: 'good' }), bad];
    await createCogService(loader, entries).initialize(signal);
    expect([loader.loaded, loader.failureOf('bad'), loader.failureOf('good')]).toEqual([
      ['good'],
      'odd rows',
      undefined,
    ]);
    await loader.unloadAll();
    const strict = createCogService(loader, entries, true).initialize(signal);
    await expect(strict).rejects.toMatchObject({ code: 'TUX_COGS', message: 'cog bad was not loaded: odd rows' });
  });

  it('undoes a load that a shutdown cut short', async () => {
    const stop = new AbortController();
    const first = entry({
      name: 'a',
      priority: 2,
      commands: [ping()],
      setup: async () => stop.abort(new Error('shutdown')),
    });
    const service = createCogService(loader, [first, entry({ name: 'b', priority: 1 })]);
    expect(service).toMatchObject({ critical: true });
    await expect(service.initialize(stop.signal)).rejects.toThrow('shutdown');
    expect(loader.loaded).toEqual([]);
    expect(world.services.commands.list()).toEqual([]);
  });
});
