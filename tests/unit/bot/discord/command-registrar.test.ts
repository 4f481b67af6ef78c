import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandRegistrar } from '../../../../bot/discord/command-registrar.js';
import { defineCommand } from '../../../../bot/framework/command.js';
import { toSlashJson } from '../../../../bot/framework/slash-json.js';
import { FakeClock } from '../../../../shared/testing/fake-clock.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

const command = (name: string, description = 'Does it.') =>
  toSlashJson(defineCommand({ name, description, run: async () => {} }));
const never = new AbortController().signal;

describe('CommandRegistrar', () => {
  let folder: string;
  let puts: { route: string; body: unknown }[];
  let answers: (Error | null)[];
  let clock: FakeClock;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tux-registrar-'));
    puts = [];
    answers = [];
    clock = new FakeClock();
  });
  afterEach(() => rm(folder, { recursive: true }));

  const path = () => join(folder, 'command-cache.json');

  /** The registrar of one run of the bot. Each PUT takes one of `answers`; null, or none left: accepted. */
  function newRun(): CommandRegistrar {
    const rest = {
      put: async (route: `/${string}`, { body }: { body: unknown }) => {
        puts.push({ route, body });
        const answer = answers.shift();
        if (answer) throw answer;
      },
    };
    return new CommandRegistrar({
      path: path(),
      runId: 'run',
      rest,
      clock,
      log: recordingLogger().log,
      random: () => 0.5,
    });
  }

  const refusal = (status: number) => Object.assign(new Error(`HTTP ${status}`), { status });

  it('sends a set once and not again in the next run', async () => {
    expect(await newRun().register('1', [command('a'), command('b')], never)).toBe('registered');
    expect(await newRun().register('1', [command('b'), command('a')], never)).toBe('unchanged');
    expect(puts).toEqual([{ route: '/applications/1/commands', body: [command('a'), command('b')] }]);
  });

  it.each([
    ['a description changes', [command('a', 'Does more.')]],
    ['a command is added', [command('a'), command('b')]],
    ['the last command goes', []],
  ])('sends it again when %s', async (_what, changed) => {
    await newRun().register('1', [command('a')], never);
    expect(await newRun().register('1', changed, never)).toBe('registered');
    expect(puts).toHaveLength(2);
  });

  it('sends it again after a newer Tux, whose file is put aside', async () => {
    await newRun().register('1', [command('a')], never);
    const text = await readFile(path(), 'utf8');
    await writeFile(path(), text.replace('"schemaVersion":1', '"schemaVersion":2'));
    expect(await newRun().register('1', [command('a')], never)).toBe('registered');
    expect(await readdir(folder)).toEqual([
      'command-cache.json',
      expect.stringMatching(/^command-cache\.json\.broken\./),
    ]);
  });

  it('keeps applications apart', async () => {
    await newRun().register('1', [command('a')], never);
    expect(await newRun().register('2', [command('a')], never)).toBe('registered');
    expect(await newRun().register('1', [command('a')], never)).toBe('unchanged');
  });

  it('remembers a set only after Discord accepted it', async () => {
    answers = [refusal(400)];
    await expect(newRun().register('1', [command('a')], never)).rejects.toMatchObject({
      code: 'TUX_COMMANDS_REJECTED',
    });
    await expect(readFile(path())).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await newRun().register('1', [command('a')], never)).toBe('registered');
    const { data } = JSON.parse(await readFile(path(), 'utf8'));
    expect(data.scopes['global:1']).toEqual([{ name: 'a', hash: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
  });

  it('refuses more than 100 commands before it sends anything', async () => {
    const commands = Array.from({ length: 101 }, (_, n) => command(`c${n}`));
    await expect(newRun().register('1', commands, never)).rejects.toMatchObject({ code: 'TUX_COMMANDS_TOO_MANY' });
    expect(puts).toEqual([]);
  });

  it('tries again with back-off while Discord is down or limits us', async () => {
    answers = [refusal(429), refusal(503), new Error('ECONNREFUSED')];
    const registering = newRun().register('1', [command('a')], never);
    const waits: (number | null)[] = [];
    for (let n = 0; n < 3; n += 1) {
      await clock.whenSleeping();
      waits.push(await clock.advanceToNext());
    }
    expect(await registering).toBe('registered');
    expect(waits).toEqual([2_500, 5_000, 10_000]);
  });

  it('ends its waiting at a shutdown', async () => {
    answers = [refusal(500)];
    const stop = new AbortController();
    const registering = newRun().register('1', [command('a')], stop.signal);
    await clock.whenSleeping();
    stop.abort(new Error('shutdown'));
    await expect(registering).rejects.toThrow('shutdown');
    expect(clock.pending).toBe(0);
  });
});
