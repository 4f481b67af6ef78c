import { beforeEach, describe, expect, it } from 'vitest';
import { GatewayHealth } from '../../../../bot/discord/gateway-health.js';
import { gatewayStatusSchema } from '../../../../shared/ipc-protocol.js';
import { FakeClock } from '../../../../shared/testing/index.js';

describe('GatewayHealth', () => {
  let clock: FakeClock;
  let health: GatewayHealth;
  beforeEach(() => {
    clock = new FakeClock();
    health = new GatewayHealth(clock);
  });

  it('is down from when it connects until it is ready: a standby may have waited long before', async () => {
    await clock.advance(1_000);
    expect(health.status(0)).toMatchObject({ status: 'idle', downForMs: 1_000 });
    health.noteConnecting();
    await clock.advance(1_000);
    expect(health.status(0)).toMatchObject({ status: 'connecting', downForMs: 1_000 });
    health.noteReady();
    expect(health.status(3)).toEqual({
      status: 'ready',
      guilds: 3,
      pingMs: null,
      lastDispatchAgeMs: null,
      unansweredMs: 0,
      lastAckAgeMs: null,
      downForMs: 0,
    });
  });

  it('counts from the moment on which the connection was lost, over all that follows', async () => {
    health.noteReady();
    await clock.advance(10_000);
    health.noteClosed();
    await clock.advance(1_000);
    health.noteConnecting();
    await clock.advance(1_000);
    health.noteClosed();
    await clock.advance(1_000);
    expect(health.status(3)).toMatchObject({ status: 'disconnected', downForMs: 3_000 });
    health.noteReady();
    expect(health.status(3).downForMs).toBe(0);
  });

  it('tells an old ping from a fresh one by its age', async () => {
    health.noteAck(42);
    health.noteDispatch();
    await clock.advance(90_000);
    health.noteDispatch();
    await clock.advance(500);
    expect(health.status(1)).toMatchObject({ pingMs: 42, lastAckAgeMs: 90_500, lastDispatchAgeMs: 500 });
  });

  it('knows since when Discord owes an event, until one comes or the connection is lost', async () => {
    health.noteReady();
    health.noteAsked();
    await clock.advance(2_000);
    health.noteAsked();
    await clock.advance(500);
    expect([health.isAsked, health.status(1).unansweredMs]).toEqual([true, 2_500]);
    health.noteDispatch();
    expect([health.isAsked, health.status(1).unansweredMs]).toEqual([false, 0]);
    health.noteAsked();
    health.noteClosed();
    expect(health.isAsked).toBe(false);
  });

  it('goes by monotonic time, and always fits the protocol', async () => {
    health.noteReady();
    health.noteAck(1.5);
    clock.jumpWallClock(-86_400_000);
    health.noteClosed();
    await clock.advance(0.4);
    expect(gatewayStatusSchema.parse(health.status(0))).toMatchObject({ downForMs: 0, lastAckAgeMs: 0 });
  });
});
