import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../shared/config/load.js';

const token = ['MTIzNDU2Nzg5MDEyMzQ1Njc4', 'GabcDE', 'x'.repeat(30)].join('.');
const secretsOf = (raw: Record<string, string>) => loadConfig({ DISCORD_TOKEN: 'a-token', ...raw }).secrets;

describe('the known secrets', () => {
  it('are the secret settings, whole', () => {
    const http = 'a-long-http-token-123';
    expect(secretsOf({ TUX_HTTP_TOKEN: http, TUX_PREFIX: '!' })).toEqual(['a-token', http]);
  });

  it('have the signature of a token beside it: the other parts are no secret', () => {
    expect(secretsOf({ DISCORD_TOKEN: token })).toEqual([token, 'x'.repeat(30)]);
  });

  it('have the password of the database in both ways to write it, wherever it stands', () => {
    const url = 'postgresql://tux:p%40ss@db/tux';
    expect(secretsOf({ DATABASE_URL: url })).toEqual(['a-token', url, 'p%40ss', 'p@ss']);
    expect(secretsOf({ DATABASE_URL: 'postgresql://db/tux?password=hunter2' })).toContain('hunter2');
    expect(secretsOf({ DATABASE_URL: 'postgresql://tux:100%@db/tux' })).toContain('100%');
    expect(secretsOf({ DATABASE_URL: 'postgresql://tux@db/tux' })).not.toContain('tux');
  });

  it('have the keys in the addresses of Sentry and of the webhook', () => {
    const key = 'k'.repeat(32);
    const hook = 'w'.repeat(60);
    expect(secretsOf({ SENTRY_DSN: `https://${key}@o1.ingest.sentry.io/4` })).toContain(key);
    expect(secretsOf({ TUX_NOTIFY_WEBHOOK: `https://example.org/hooks/${hook}?wait=true` })).toContain(hook);
  });

  it('have what libraries take from the environment by themselves', () => {
    const raw = { PGPASSWORD: 'from-pg', BOT_TOKEN: 'the-other-token', HTTPS_PROXY: 'http://me:proxy-pass@proxy:3128' };
    expect(secretsOf(raw)).toEqual(['a-token', 'the-other-token', 'from-pg', 'proxy-pass']);
  });
});
