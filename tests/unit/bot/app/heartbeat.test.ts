import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HeartbeatSender } from '../../../../bot/app/heartbeat.js';
import { type Heartbeat, heartbeatSchema } from '../../../../shared/ipc-protocol.js';

const gateway = {
  status: 'idle',
  guilds: 0,
  pingMs: null,
  lastDispatchAgeMs: null,
  unansweredMs: 0,
  lastAckAgeMs: null,
  downForMs: 5,
};
const vitals = { state: 'STARTING', degraded: false, tasks: 1, queueDepth: 2, databaseProblem: null, gateway } as const;

describe('HeartbeatSender', () => {
  let beats: Heartbeat[];
  let heart: HeartbeatSender;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    beats = [];
    heart = new HeartbeatSender(
      1_000,
      () => vitals as never,
      (beat) => beats.push(beat),
    );
  });
  afterEach(() => {
    heart.stop();
    vi.useRealTimers();
  });

  it('beats at its interval, counts, and says what the protocol wants', () => {
    heart.start();
    vi.advanceTimersByTime(3_000);
    expect(beats.map(({ seq }) => seq)).toEqual([0, 1, 2]);
    for (const beat of beats) expect(heartbeatSchema.parse(beat)).toMatchObject(vitals);
    expect(beats[0]?.rssBytes).toBeGreaterThan(1_000_000);
  });

  it('beats out of turn when it is told to', () => {
    heart.beat();
    expect(heartbeatSchema.parse(beats[0])).toMatchObject({ seq: 0, eventLoopLagMs: 0 });
  });

  it('takes on another pace at once', () => {
    heart.start();
    heart.changeInterval(100);
    expect(beats).toHaveLength(1);
    vi.advanceTimersByTime(1_000);
    expect(beats).toHaveLength(11);
  });

  it('does not begin to beat because its pace changed', () => {
    heart.changeInterval(100);
    vi.advanceTimersByTime(1_000);
    expect(beats).toEqual([]);
  });

  it('is silent once stopped, also if it was never started', () => {
    heart.start();
    heart.stop();
    heart.stop();
    vi.advanceTimersByTime(10_000);
    expect(beats).toEqual([]);
  });

  it('shows how long the event loop stood still since the last beat', async () => {
    const samplingTime = () => new Promise((resolve) => setTimeout(resolve, 150));
    heart.start();
    await samplingTime();
    heart.beat();
    await samplingTime();
    const until = performance.now() + 300;
    while (performance.now() < until); // nothing else gets a turn
    await samplingTime();
    heart.beat();
    expect(beats[1]?.eventLoopLagMs).toBeGreaterThan(150);
    expect(heart.lagMs).toBe(beats[1]?.eventLoopLagMs);
  });
});
