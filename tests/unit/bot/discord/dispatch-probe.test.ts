import { beforeEach, describe, expect, it } from 'vitest';
import { DispatchProbe } from '../../../../bot/discord/dispatch-probe.js';
import { GatewayHealth } from '../../../../bot/discord/gateway-health.js';
import { FakeClock } from '../../../../shared/testing/index.js';

let clock: FakeClock;
let health: GatewayHealth;
let probe: DispatchProbe;
/** When Discord was asked, in milliseconds since the beginning. */
let asked: number[];
let answersAfterMs: number | null;
let hasGuild: boolean;

beforeEach(() => {
  clock = new FakeClock();
  health = new GatewayHealth(clock);
  asked = [];
  answersAfterMs = 50;
  hasGuild = true;
  const send = () => {
    if (!hasGuild) return false;
    asked.push(clock.monotonic());
    if (answersAfterMs !== null) void clock.sleep(answersAfterMs).then(dispatch);
    return true;
  };
  probe = new DispatchProbe({ health, clock, send });
  health.noteReady();
  dispatch();
});

function dispatch(): void {
  health.noteDispatch();
  probe.noteDispatch();
}

/** Checks, and says how long that took. */
async function check(): Promise<number> {
  const startedAt = clock.monotonic();
  let isDone = false;
  const done = probe.check().then(() => {
    isDone = true;
  });
  await clock.settle();
  while (!isDone) {
    await clock.advanceToNext();
    await clock.settle();
  }
  await done;
  return clock.monotonic() - startedAt;
}

describe('whether events come', () => {
  it('is not asked right after one came', async () => {
    await clock.advance(1_400);
    expect(await check()).toBe(0);
    expect(asked).toEqual([]);
  });

  it('is asked of Discord otherwise, and the answer ends the wait', async () => {
    await clock.advance(4_000);
    expect(await check()).toBe(50);
    expect(asked).toEqual([4_000]);
    expect(health.status(1)).toMatchObject({ lastDispatchAgeMs: 0, unansweredMs: 0 });
  });

  it('is answered by any event', async () => {
    answersAfterMs = null;
    await clock.advance(4_000);
    void clock.sleep(300).then(dispatch);
    expect(await check()).toBe(300);
    expect(health.isAsked).toBe(false);
  });

  it('is answered by silence after a second', async () => {
    answersAfterMs = null;
    await clock.advance(4_000);
    expect(await check()).toBeCloseTo(1_010);
    expect(health.unansweredMs).toBeGreaterThanOrEqual(1_000);
    expect(clock.pending).toBe(0);
  });

  it('costs nothing and no time again while Discord is silent, and one message every five seconds', async () => {
    answersAfterMs = null;
    await clock.advance(4_000);
    await check();
    expect(await check()).toBe(0);
    await clock.advance(3_000);
    expect(await check()).toBe(0);
    expect(asked).toHaveLength(1);
    await clock.advance(1_000);
    await check();
    expect(asked).toHaveLength(2);
    expect(health.unansweredMs).toBeGreaterThan(5_000); // since the first time
  });

  it('is asked once however many want to know', async () => {
    await clock.advance(4_000);
    const checks = [probe.check(), probe.check(), probe.check()];
    await clock.advance(50);
    await Promise.all(checks);
    expect(asked).toHaveLength(1);
  });

  it('cannot be asked without a guild or a connection, and that is no silence', async () => {
    await clock.advance(4_000);
    hasGuild = false;
    expect(await check()).toBe(0);
    hasGuild = true;
    health.noteClosed();
    expect(await check()).toBe(0);
    expect([asked.length, health.isAsked]).toEqual([0, false]);
  });

  it('is an open question no more once the connection is lost', async () => {
    answersAfterMs = null;
    await clock.advance(4_000);
    await check();
    health.noteClosed();
    expect(health.unansweredMs).toBe(0);
  });
});

describe('a quiet night', () => {
  it('is interrupted every thirty seconds', async () => {
    const stop = new AbortController();
    const watching = probe.watch(stop.signal);
    await clock.advance(95_000);
    expect(asked).toEqual([30_000, 60_050, 90_100].map((at) => expect.closeTo(at, -4)));
    expect(health.lastDispatchAgeMs).toBeLessThan(35_000);
    stop.abort();
    await watching;
    expect(clock.pending).toBe(0);
  });

  it('is not asked about while things happen', async () => {
    const stop = new AbortController();
    const watching = probe.watch(stop.signal);
    for (let n = 0; n < 12; n += 1) {
      await clock.advance(10_000);
      dispatch();
    }
    expect(asked).toEqual([]);
    stop.abort();
    await watching;
  });

  it('is asked about every five seconds once Discord is silent, and not while the connection is down', async () => {
    answersAfterMs = null;
    const stop = new AbortController();
    const watching = probe.watch(stop.signal);
    await clock.advance(46_000);
    expect(asked).toEqual([30_000, 35_000, 40_000, 45_000]);
    expect(health.unansweredMs).toBe(16_000);
    health.noteClosed();
    await clock.advance(60_000);
    expect(asked).toHaveLength(4);
    stop.abort();
    await watching;
  });
});
