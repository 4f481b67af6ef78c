import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import { type CogSpec, defineCog } from '../../../../bot/framework/cog.js';
import { type CogEntry, CogLoader } from '../../../../bot/framework/cog-loader.js';
import { CogManager } from '../../../../bot/framework/cog-manager.js';
import { defineCommand } from '../../../../bot/framework/command.js';
import { ComponentRegistry } from '../../../../bot/framework/components.js';
import { fakeServices } from '../../../support/framework-fakes.js';

const command = (name: string) => defineCommand({ name, description: 'Does it.', run: async () => {} });
const entry = (name: string, rest: Partial<CogEntry> = {}): CogEntry => ({
  name,
  load: async () => defineCog({ name, commands: [command(`${name}-1`)] }),
  ...rest,
});

describe('CogManager', () => {
  let onDisk: Map<string, CogSpec | Error>;
  let world: ReturnType<typeof fakeServices>;
  let manager: CogManager;
  let synced: boolean[];
  const commandNames = () => world.services.commands.list().map((one) => one.command.name);

  beforeEach(async () => {
    onDisk = new Map();
    synced = [];
    world = fakeServices({ config: { env: { TUX_DEV: false } } as never });
    const { services } = world;
    const loader = new CogLoader({ services, components: new ComponentRegistry(), client: new EventEmitter() });
    const entries = [entry('a'), entry('b'), entry('dev', { requires: ['TUX_DEV'] })];
    manager = new CogManager({
      loader: () => loader,
      entries,
      fileOf: (cog) => new URL(`file:///cogs/${cog}/${cog}-cog.js`),
      sync: async (force) => {
        synced.push(force);
        return 'registered';
      },
      importModule: async (file) => {
        const name = file.pathname.split('/')[2] ?? '';
        const spec = onDisk.get(name) ?? { name, commands: [command(`${name}-2`)] };
        if (spec instanceof Error) throw spec;
        return { somethingElse: 1, cog: defineCog(spec) };
      },
    });
    await loader.loadAll(entries, new AbortController().signal);
  });

  it('says what is loaded, and why the rest is not', async () => {
    await manager.unload('b');
    expect(manager.list()).toEqual([
      { name: 'a', status: 'loaded' },
      { name: 'b', status: 'unloaded' },
      { name: 'dev', status: 'skipped', reason: 'TUX_DEV is not set' },
    ]);
  });

  it('replaces a cog by what is on disk now', async () => {
    expect(commandNames()).toEqual(['a-1', 'b-1']);
    await manager.reload('a');
    expect(commandNames()).toEqual(['a-2', 'b-1']);
  });

  it('keeps the old one in use when the new one cannot be imported', async () => {
    onDisk.set('a', new SyntaxError('unexpected end'));
    await expect(manager.reload('a')).rejects.toThrow('unexpected end');
    expect(commandNames()).toEqual(['a-1', 'b-1']);
  });

  it.each<[string, CogSpec]>([
    ['cannot be set up', { name: 'a', setup: async () => Promise.reject(new Error('no key')) }],
    ['wants a command that another one has', { name: 'a', commands: [command('b-1')] }],
  ])('puts the old one back when the new one %s', async (_title, spec) => {
    onDisk.set('a', spec);
    await expect(manager.reload('a')).rejects.toThrow();
    expect(commandNames()).toEqual(['a-1', 'b-1']);
    expect(manager.list()[0]).toEqual({ name: 'a', status: 'loaded' });
  });

  it('loads what was unloaded, from what is on disk now', async () => {
    await manager.unload('a');
    expect(commandNames()).toEqual(['b-1']);
    await manager.load('a');
    expect(commandNames()).toEqual(['a-2', 'b-1']);
    await manager.unload('a');
    onDisk.set('a', new Error('broken'));
    await expect(manager.reload('a')).rejects.toThrow('broken');
  });

  it('works off what is asked of it one after the other', async () => {
    await Promise.all([manager.reload('a'), manager.unload('a'), manager.load('a'), manager.sync(true)]);
    expect(commandNames()).toEqual(['a-2', 'b-1']);
    expect(synced).toEqual([true]);
  });

  it.each<[string, () => Promise<void>, string]>([
    ['an unknown cog', () => manager.load('c'), 'TUX_COG_UNKNOWN'],
    ['a cog that is loaded', () => manager.load('a'), 'TUX_COG_DUPLICATE'],
    ['a cog without its settings', () => manager.load('dev'), 'TUX_COG_SKIPPED'],
    ['unloading what is not loaded', () => manager.unload('b').then(() => manager.unload('b')), 'TUX_COG_NOT_LOADED'],
  ])('refuses %s', async (_title, act, code) => {
    await expect(act()).rejects.toMatchObject({ code });
  });

  it('gives up a cog whose set-up does not end, and goes on with the next', async () => {
    onDisk.set('a', { name: 'a', setup: () => new Promise(() => {}) });
    const reload = expect(manager.reload('a')).rejects.toThrow('setup of cog a did not finish within 10000 ms');
    await world.clock.settle();
    await world.clock.advance(10_000);
    await reload;
    await manager.unload('b');
    expect(commandNames()).toEqual(['a-1']);
  });

  it('wants the module of a cog to export it', async () => {
    onDisk.set('a', { name: 'somebody-else' });
    await expect(manager.reload('a')).rejects.toMatchObject({ code: 'TUX_COG_MODULE' });
  });
});
