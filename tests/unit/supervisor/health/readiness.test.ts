import { describe, expect, it } from 'vitest';
import type { GatewayStatus } from '../../../../shared/ipc-protocol.js';
import { type ReadinessFacts, readinessOf } from '../../../../supervisor/health/readiness.js';

const gateway: GatewayStatus = {
  status: 'ready',
  guilds: 1,
  pingMs: 40,
  lastDispatchAgeMs: 500,
  unansweredMs: 0,
  lastAckAgeMs: 20_000,
  downForMs: 0,
};
const worker: NonNullable<ReadinessFacts['worker']> = {
  wasReady: true,
  isClosing: false,
  silentMs: 4_000,
  silenceLimitMs: 10_000,
  gateway,
  databaseProblem: null,
};
const facts = (more: Partial<typeof worker> = {}): ReadinessFacts => ({
  isStopping: false,
  pause: null,
  worker: { ...worker, ...more },
});

describe('Tux serves', () => {
  it('when its worker, the gateway and the database are well', () => {
    expect(readinessOf(facts())).toEqual({ ready: true, problems: [] });
  });

  it('also before the first acknowledgement and the first dispatch', () => {
    const fresh = { ...gateway, lastAckAgeMs: null, lastDispatchAgeMs: null };
    expect(readinessOf(facts({ gateway: fresh })).ready).toBe(true);
  });

  it('while an answer of Discord is on the way', () => {
    expect(readinessOf(facts({ gateway: { ...gateway, unansweredMs: 999 } })).ready).toBe(true);
  });

  it('in no guild at all, where nothing ever happens', () => {
    expect(readinessOf(facts({ gateway: { ...gateway, guilds: 0, lastDispatchAgeMs: 86_400_000 } })).ready).toBe(true);
  });
});

describe('Tux does not serve', () => {
  const until = '2026-01-01T01:00:00.000Z';
  it.each<[string, ReadinessFacts]>([
    ['Tux is being stopped', { ...facts(), isStopping: true }],
    [`no worker: held until ${until}`, { isStopping: false, pause: { kind: 'HELD', until }, worker: null }],
    [
      `no worker: waiting to start it again until ${until}`,
      { isStopping: false, pause: { kind: 'BACKOFF', until }, worker: null },
    ],
    ['no worker', { isStopping: false, pause: null, worker: null }],
    ['the worker is shutting down', facts({ isClosing: true })],
    ['Tux is still starting', facts({ wasReady: false })],
    ['the worker has said nothing for 12 s', facts({ silentMs: 12_000 })],
    [
      'the gateway is disconnected, for 3 s',
      facts({ gateway: { ...gateway, status: 'disconnected', downForMs: 3_000 } }),
    ],
    ['the gateway has acknowledged nothing for 1 min 3 s', facts({ gateway: { ...gateway, lastAckAgeMs: 63_000 } })],
    ['the gateway has sent no events for 1 min 1 s', facts({ gateway: { ...gateway, lastDispatchAgeMs: 61_000 } })],
    [
      'the gateway has sent no events for 4 s',
      facts({ gateway: { ...gateway, lastDispatchAgeMs: 4_000, unansweredMs: 1_000 } }),
    ],
    ['the database does not answer: refused', facts({ databaseProblem: 'refused' })],
  ])('when %s', (problem, given) => {
    expect(readinessOf(given)).toEqual({ ready: false, problems: [problem] });
  });

  it('and hears of every problem at once', () => {
    const frozen = { ...gateway, lastAckAgeMs: 70_000, lastDispatchAgeMs: 70_000 };
    expect(readinessOf(facts({ gateway: frozen, databaseProblem: 'refused' })).problems).toHaveLength(3);
  });
});
