import { describe, expect, it } from 'vitest';
import { compareSettings, describeChanges } from '../../../../shared/config/changes.js';
import { loadConfig } from '../../../../shared/config/load.js';
import { secretSettings } from '../../../../shared/config/schema.js';
import { shownValue } from '../../../../shared/config/shown-value.js';
import { REDACTED } from '../../../../shared/redact.js';

describe('what is shown of a setting', () => {
  it.each([...secretSettings, 'TUX_NOTIFY_COMMAND'] as const)('of %s is only that it is set', (name) => {
    expect([shownValue(name, 'something'), shownValue(name, undefined), shownValue(name, null)]).toEqual([
      REDACTED,
      undefined,
      null,
    ]);
  });

  it('of others is their value, but for a password in an address', () => {
    expect(shownValue('TUX_PREFIX', '!')).toBe('!');
    expect(shownValue('TUX_OWNER_IDS', ['1', '2'])).toEqual(['1', '2']);
    expect(shownValue('TUX_LOG_MAX_MB', 5)).toBe(5);
    expect(shownValue('DISCORD_API_URL', 'http://me:s3cret@proxy/api')).toBe(`http://me:${REDACTED}@proxy/api`);
  });

  it('holds in the description of a change, and where a value is refused', () => {
    const settings = (raw: Record<string, string>) => loadConfig({ DISCORD_TOKEN: 'a-token', ...raw });
    const changes = compareSettings(settings({}).env, settings({ TUX_NOTIFY_COMMAND: 'curl -d s3cret' }).env);
    expect(describeChanges(changes)).toBe(`TUX_NOTIFY_COMMAND (not set) → ${REDACTED}`);
    expect(() => settings({ DISCORD_API_URL: 'ftp://me:s3cret@proxy' })).toThrow(
      `(received 'ftp://me:${REDACTED}@proxy')`,
    );
  });
});
