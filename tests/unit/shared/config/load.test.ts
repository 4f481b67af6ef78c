import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, readEnvironment, resolveFolders } from '../../../../shared/config/load.js';
import type { TuxError } from '../../../../shared/errors.js';
import { ExitCode } from '../../../../shared/exit-codes.js';

const minimal = { DISCORD_TOKEN: 'a-token' };

function problemsOf(raw: Record<string, string | undefined>): TuxError {
  try {
    loadConfig(raw);
  } catch (error) {
    return error as TuxError;
  }
  throw new Error('the configuration was accepted');
}

describe('configuration', () => {
  it('needs nothing but the token', () => {
    const { env, paths } = loadConfig(minimal);
    expect(env).toMatchObject({
      DISCORD_TOKEN: 'a-token',
      TUX_PREFIX: '$',
      LOG_LEVEL: 'info',
      TUX_STOP_TIMEOUT_MS: 25_000,
      TUX_OWNER_IDS: [],
      TUX_SYSADMIN_IDS: [],
    });
    expect(env.DATABASE_URL).toBeUndefined();
    expect(paths.stateDir).toBe(resolve('state'));
  });

  it('is frozen', () => {
    const config = loadConfig(minimal);
    expect([Object.isFrozen(config), Object.isFrozen(config.env), Object.isFrozen(config.secrets)]).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('lists every problem at once, with what was received', () => {
    const error = problemsOf({ LOG_LEVEL: 'loud', TUX_DRAIN_TIMEOUT_MS: 'soon', TUX_OWNER_IDS: '12' });
    expect(error).toMatchObject({ code: 'TUX_CONFIG', exitCode: ExitCode.CONFIG });
    expect(error.details?.problems).toHaveLength(4);
    expect(error.message).toContain('DISCORD_TOKEN: is missing');
    expect(error.message).toContain("(received 'loud')");
    expect(error.message).toContain("TUX_DRAIN_TIMEOUT_MS: must be a number of milliseconds (received 'soon')");
    expect(error.message).toContain('TUX_OWNER_IDS: must be Discord user ids (17 to 20 digits)');
  });

  it('never quotes a secret, however wrong it is', () => {
    const error = problemsOf({ DISCORD_TOKEN: 'two words', DATABASE_URL: 'mysql://u:hunter2@h/d' });
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/two words|hunter2/);
    expect(error.message).toContain('DISCORD_TOKEN: contains white space (received [redacted])');
  });

  it('refuses a token in quotation marks, as docker run --env-file hands it on', () => {
    expect(problemsOf({ DISCORD_TOKEN: '"token"' }).message).toContain('DISCORD_TOKEN: contains a quotation mark');
  });

  it('takes an empty setting for one that is not set', () => {
    expect(loadConfig({ ...minimal, DATABASE_URL: '', TUX_PREFIX: '' }).env).toMatchObject({ TUX_PREFIX: '$' });
    expect(problemsOf({ DISCORD_TOKEN: '' }).message).toContain('DISCORD_TOKEN: is missing');
  });

  it('understands BOT_TOKEN, which the proper name overrules', () => {
    expect(loadConfig({ BOT_TOKEN: 'old' }).env.DISCORD_TOKEN).toBe('old');
    expect(loadConfig({ BOT_TOKEN: 'old', DISCORD_TOKEN: 'new' }).env.DISCORD_TOKEN).toBe('new');
  });

  it('splits the owners at commas and forgives spaces', () => {
    const { env } = loadConfig({ ...minimal, TUX_OWNER_IDS: ' 123456789012345678 ,223456789012345678,' });
    expect(env.TUX_OWNER_IDS).toEqual(['123456789012345678', '223456789012345678']);
  });

  it('does not mind the case of the log level', () => {
    expect(loadConfig({ ...minimal, LOG_LEVEL: 'DEBUG' }).env.LOG_LEVEL).toBe('debug');
  });
});

describe('folders', () => {
  it('come from the setting, else from systemd, else stand beside the caller', () => {
    const systemd = { STATE_DIRECTORY: '/var/lib/tux:/var/lib/other', LOGS_DIRECTORY: '/var/log/tux' };
    expect(resolveFolders({})).toMatchObject({ stateDir: resolve('state'), logDir: resolve('logs') });
    expect(resolveFolders(systemd)).toMatchObject({ stateDir: '/var/lib/tux', logDir: '/var/log/tux' });
    expect(resolveFolders({ ...systemd, TUX_STATE_DIR: '/s', TUX_LOG_DIR: '/l' })).toMatchObject({
      stateDir: '/s',
      logDir: '/l',
    });
  });
});

describe('the environment', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tux-config-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is that of the process where there is no .env', () => {
    expect(readEnvironment(folder, minimal)).toEqual(minimal);
  });

  it('is laid over .env', async () => {
    await writeFile(join(folder, '.env'), 'DISCORD_TOKEN=from-file\nTUX_PREFIX="!" # comment\n');
    expect(readEnvironment(folder, minimal)).toEqual({ DISCORD_TOKEN: 'a-token', TUX_PREFIX: '!' });
  });

  it('is laid over the file that TUX_ENV_FILE names instead, which must be there', async () => {
    await writeFile(join(folder, '.env'), 'TUX_PREFIX="!"\n');
    await writeFile(join(folder, 'tux.env'), 'TUX_PREFIX=?\n');
    const named = { ...minimal, TUX_ENV_FILE: join(folder, 'tux.env') };
    expect(readEnvironment('/', named)).toEqual({ ...named, TUX_PREFIX: '?' });
    expect(readEnvironment(folder, { ...minimal, TUX_ENV_FILE: '' })).toMatchObject({ TUX_PREFIX: '!' });
    expect(() => readEnvironment(folder, { TUX_ENV_FILE: join(folder, 'typo.env') })).toThrow(
      expect.objectContaining({ code: 'TUX_CONFIG', hint: expect.stringContaining('correct TUX_ENV_FILE') }),
    );
  });

  it('ends in exit code 78 when .env is there but cannot be read', async () => {
    await mkdir(join(folder, '.env'));
    expect(() => readEnvironment(folder, minimal)).toThrow(
      expect.objectContaining({
        code: 'TUX_CONFIG',
        exitCode: ExitCode.CONFIG,
        message: expect.stringContaining('EISDIR'),
      }),
    );
  });
});
