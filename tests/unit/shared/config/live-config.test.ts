import { describe, expect, it } from 'vitest';
import { describeChanges } from '../../../../shared/config/changes.js';
import { LiveConfig } from '../../../../shared/config/live-config.js';
import { loadConfig } from '../../../../shared/config/load.js';

const read = (settings: Record<string, string> = {}) => loadConfig({ DISCORD_TOKEN: 'first-token', ...settings });

describe('a live configuration', () => {
  it('takes over what can change, and tells whoever wants to know', () => {
    const config = new LiveConfig(read());
    const levels: string[] = [];
    const forget = config.onChange('LOG_LEVEL', (level) => levels.push(level));
    config.takeOver(read({ TUX_PREFIX: '!', LOG_LEVEL: 'debug' }));
    config.takeOver(read({ TUX_PREFIX: '?', LOG_LEVEL: 'debug' }));
    expect(config.env).toMatchObject({ TUX_PREFIX: '?', LOG_LEVEL: 'debug' });
    expect(levels).toEqual(['debug']);
    forget();
    config.takeOver(read());
    expect(config.env).toMatchObject({ TUX_PREFIX: '$', LOG_LEVEL: 'info' });
    expect(levels).toEqual(['debug']);
  });

  it('keeps what cannot change for the next worker, and the folders for good', () => {
    const config = new LiveConfig(read());
    config.takeOver(read({ DATABASE_POOL_SIZE: '20', TUX_LOG_DIR: '/elsewhere' }));
    expect(config.env).toMatchObject({ DATABASE_POOL_SIZE: 10 });
    config.takeOverRest();
    expect(config.env).toMatchObject({ DATABASE_POOL_SIZE: 20 });
    expect(config.env.TUX_LOG_DIR).toBeUndefined();
    expect(config.compare(read({ DATABASE_POOL_SIZE: '20' }))).toEqual([]);
  });

  it('forgets a setting that is not there any more', () => {
    const config = new LiveConfig(read({ TUX_MAX_CRASHES: '3' }));
    config.takeOver(read());
    expect(config.env.TUX_MAX_CRASHES).toBeUndefined();
  });

  it('cannot be changed from outside', () => {
    const config = new LiveConfig(read());
    config.takeOver(read({ TUX_PREFIX: '!' }));
    expect(Object.isFrozen(config.env)).toBe(true);
  });

  it('hides new secrets as well as the old ones, also from who holds the list already', () => {
    const config = new LiveConfig(read());
    const { secrets } = config;
    config.takeOver(read({ DATABASE_URL: 'postgresql://tux:hunter2@db/tux' }));
    expect(secrets).toEqual(['first-token', 'postgresql://tux:hunter2@db/tux', 'hunter2']);
  });
});

describe('what a reload would change', () => {
  it('is told old and new, with when it counts, and without secrets', () => {
    const next = read({
      DISCORD_TOKEN: 'second-token',
      TUX_OWNER_IDS: '500000000000000001',
      TUX_LOG_DIR: '/logs',
      TUX_PREFIX: '!',
    });
    const changes = new LiveConfig(read()).compare(next);
    expect(changes).toEqual([
      { name: 'DISCORD_TOKEN', from: '[redacted]', to: '[redacted]', takesEffect: 'restart' },
      { name: 'TUX_LOG_DIR', from: '(not set)', to: '/logs', takesEffect: 'supervisor-restart' },
      { name: 'TUX_OWNER_IDS', from: '(not set)', to: '500000000000000001', takesEffect: 'now' },
      { name: 'TUX_PREFIX', from: '$', to: '!', takesEffect: 'now' },
    ]);
    expect(describeChanges(changes)).toContain(', TUX_LOG_DIR (not set) → /logs, ');
  });

  it('is nothing when the same settings are read again', () => {
    const owners = { TUX_OWNER_IDS: '500000000000000001,500000000000000002' };
    expect(new LiveConfig(read(owners)).compare(read(owners))).toEqual([]);
  });
});
