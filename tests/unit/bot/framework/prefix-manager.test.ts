import { beforeEach, describe, expect, it } from 'vitest';
import { createPrefixService, type GuildPrefix, PrefixManager } from '../../../../bot/framework/prefix-manager.js';
import { TuxError } from '../../../../shared/errors.js';
import { FakeClock } from '../../../../shared/testing/fake-clock.js';
import { FakeGuildConfig, recordingLogger } from '../../../support/framework-fakes.js';

const signal = new AbortController().signal;

describe('PrefixManager', () => {
  let clock: FakeClock;
  let guildConfig: FakeGuildConfig;
  let logger: ReturnType<typeof recordingLogger>;
  let prefixes: PrefixManager;
  beforeEach(() => {
    clock = new FakeClock();
    guildConfig = new FakeGuildConfig();
    logger = recordingLogger();
    prefixes = new PrefixManager({ database: { guildConfig }, defaultPrefix: '$', clock, log: logger.log });
  });

  it('reads a guild once, however many ask at the same time', async () => {
    guildConfig.prefixes.set('1', '!');
    expect(await Promise.all([prefixes.get('1'), prefixes.get('1')])).toEqual(['!', '!']);
    expect(await prefixes.get('1')).toBe('!');
    expect(guildConfig.reads).toBe(1);
  });

  it('uses the default for guilds without their own and for direct messages', async () => {
    expect(await prefixes.get('1')).toBe('$');
    expect(await prefixes.get(null)).toBe('$');
  });

  it('needs no read for the guilds that were loaded at the start', async () => {
    guildConfig.prefixes.set('1', '!');
    await prefixes.load(signal);
    expect(await prefixes.get('1')).toBe('!');
    expect(guildConfig.reads).toBe(0);
  });

  it('loads at most 1,000 guilds and reads the others when they speak', async () => {
    for (let n = 0; n < 1_001; n += 1) guildConfig.prefixes.set(String(n), '!');
    await prefixes.load(signal);
    expect(await prefixes.get('1000')).toBe('!');
    expect(guildConfig.reads).toBe(1);
  });

  it('changes the database first', async () => {
    await prefixes.get('1');
    guildConfig.failure = new Error('database down');
    await expect(prefixes.set('1', '!', '100')).rejects.toThrow('database down');
    expect(await prefixes.get('1')).toBe('$');
    guildConfig.failure = null;
    await prefixes.set('1', '!', '100');
    expect(guildConfig.prefixes.get('1')).toBe('!');
    expect(await prefixes.get('1')).toBe('!');
  });

  it('reads a prefix again when nobody knows whether its change took effect', async () => {
    await prefixes.get('1');
    guildConfig.updatePrefix = async (guildId, prefix) => {
      guildConfig.prefixes.set(guildId, prefix);
      throw new TuxError('TUX_DB_UNCERTAIN', 'gone in the middle');
    };
    await expect(prefixes.set('1', '!', '100')).rejects.toThrow('gone in the middle');
    expect(await prefixes.get('1')).toBe('!');
  });

  it('stays with what it knows when a change was certainly not made', async () => {
    await prefixes.set('1', '!', '100');
    guildConfig.updatePrefix = () => Promise.reject(new TuxError('TUX_DB_UNREACHABLE', 'gone'));
    guildConfig.failure = new Error('gone');
    await expect(prefixes.set('1', '?', '100')).rejects.toThrow('gone');
    expect(await prefixes.get('1')).toBe('!');
  });

  it('reads what was written up to a change with the prefix from before it', async () => {
    await prefixes.set('1', '!', '100');
    await prefixes.set('1', '?', '200');
    expect(await Promise.all(['100', '150', '200', '201'].map((id) => prefixes.get('1', id)))).toEqual([
      '!',
      '!',
      '!',
      '?',
    ]);
    expect(await prefixes.get('1')).toBe('?');
  });

  it('stores the default prefix as none of its own', async () => {
    await prefixes.set('1', '$', '100');
    expect(guildConfig.prefixes.get('1')).toBeNull();
  });

  it('keeps a change that was made while the old prefix was being read', async () => {
    let answer: (row: GuildPrefix) => void = () => {};
    guildConfig.getById = () => new Promise((resolve) => (answer = resolve));
    const reading = prefixes.get('1');
    await prefixes.set('1', 'new', '100');
    answer({ prefix: 'old', previousPrefix: null, prefixEventId: null });
    await reading;
    expect(await prefixes.get('1')).toBe('new');
  });

  it('falls back to the default when the database fails, and leaves it alone for a while', async () => {
    guildConfig.prefixes.set('1', '!');
    guildConfig.failure = new Error('database down');
    expect(await prefixes.get('1')).toBe('$');
    guildConfig.failure = null;
    expect(await prefixes.get('1')).toBe('$');
    expect(guildConfig.reads).toBe(1);
    await clock.advance(30_000);
    expect(await prefixes.get('1')).toBe('!');
  });

  it('reads again what it was told to forget', async () => {
    await prefixes.get('1');
    prefixes.forget('1');
    await prefixes.get('1');
    expect(guildConfig.reads).toBe(2);
  });

  describe('as a service', () => {
    it('is optional and comes after the database', () => {
      expect(createPrefixService(prefixes)).toMatchObject({ critical: false, dependsOn: ['database'] });
    });

    it('announces the default prefix for all guilds when they cannot be read', async () => {
      guildConfig.failure = new Error('database down');
      const service = createPrefixService(prefixes);
      await expect(service.initialize(signal)).rejects.toThrow('The prefixes could not be read');
      await service.fallback?.initialize(signal);
      expect(logger.records.at(-1)?.msg).toBe('⚠️ Bot will use default prefix for all guilds');
    });

    it('waits ten seconds for the database and no longer', async () => {
      guildConfig.listPrefixes = () => new Promise(() => {});
      const failed = createPrefixService(prefixes)
        .initialize(signal)
        .catch((error: unknown) => error);
      await clock.advance(9_999);
      expect(clock.pending).toBe(1);
      await clock.advance(1);
      expect(await failed).toMatchObject({ code: 'TUX_PREFIX_LOAD', cause: { code: 'TUX_DEADLINE', limitMs: 10_000 } });
    });

    it('gives way to an abort without calling it a failure of the database', async () => {
      guildConfig.listPrefixes = () => new Promise(() => {});
      const stop = new AbortController();
      const loading = createPrefixService(prefixes).initialize(stop.signal);
      stop.abort(new Error('shutdown'));
      await expect(loading).rejects.toThrow('shutdown');
    });
  });
});
