import { describe, expect, it } from 'vitest';
import type { Status } from '../../../../shared/control/status.js';
import { oneLine, statusText } from '../../../../supervisor/systemd/status-text.js';
import { fakeStatus, fakeWorker } from '../../../support/fake-status.js';

const starting = (name: string) => ({
  name,
  stage: 'initializing' as const,
  critical: true,
  startedMs: 1,
  durationMs: null,
  error: null,
});
const pause = { until: '2026-01-01T22:00:00.000Z', reason: '5 crashes within 60 s' };
const notReady = (...problems: string[]) => ({ ready: false, readiness: { ready: false, problems } });

const cases: [what: string, status: Partial<Status>, text: string][] = [
  ['a bot that serves', {}, 'Serving 1 guild'],
  ['many guilds', { worker: guilds(12) }, 'Serving 12 guilds'],
  ['a part that failed', { worker: fakeWorker({ degraded: true }) }, 'Serving 1 guild, degraded'],
  ['a bot of which nothing is known yet', { worker: fakeWorker({ gateway: null }) }, 'Serving'],
  [
    'a bot that does not serve',
    notReady('the gateway is disconnected, for 12 s', 'the database does not answer'),
    'Not serving: the gateway is disconnected, for 12 s; the database does not answer',
  ],
  ['a start', { state: 'STARTING', worker: null, ...notReady() }, 'Starting Tux'],
  [
    'what a start waits for',
    { state: 'STARTING', worker: fakeWorker({ services: [starting('database'), starting('prefix')] }), ...notReady() },
    'Starting Tux: database, prefix',
  ],
  ['a restart', { state: 'RESTARTING', ...notReady() }, 'Restarting Tux'],
  [
    'a back-off',
    { state: 'BACKOFF', worker: null, backoff: pause, ...notReady() },
    'Waiting until 2026-01-01 22:00:00 UTC to start Tux: 5 crashes within 60 s',
  ],
  [
    'a hold and why',
    { state: 'HELD', worker: null, hold: pause, ...notReady() },
    'Held until 2026-01-01 22:00:00 UTC: 5 crashes within 60 s',
  ],
  ['a stop', { state: 'STOPPING', ...notReady() }, 'Stopping'],
];

describe('the status text', () => {
  it.each(cases)('tells %s', (_, status, text) => {
    expect(statusText(fakeStatus(status))).toBe(text);
  });

  it('is one line that is not too long, whatever a reason holds', () => {
    expect(oneLine(' a\n b\r\n\tc \0d')).toBe('a b c d');
    const reason = `${'x'.repeat(400)}\nREADY=1`;
    const text = statusText(fakeStatus({ state: 'HELD', hold: { ...pause, reason } }));
    expect(text).toMatch(/^Held until [^\n]*x…$/);
    expect(text.length).toBe(300);
  });
});

function guilds(count: number): Status['worker'] {
  const worker = fakeWorker();
  return { ...worker, gateway: worker.gateway && { ...worker.gateway, guilds: count } };
}
