import { beforeEach, describe, expect, it } from 'vitest';
import { sampleSchema } from '../../../../shared/control/page-api.js';
import type { Heartbeat } from '../../../../shared/ipc-protocol.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { SampleHistory } from '../../../../supervisor/history/sample-history.js';
import { fakeWorker } from '../../../support/fake-status.js';

let clock: FakeClock;
let history: SampleHistory;

beforeEach(() => {
  clock = new FakeClock();
  history = new SampleHistory(clock);
});

function beat(more: Partial<Heartbeat> & { pingMs?: number | null } = {}, runId = 'RUN-1'): void {
  const { pingMs = 42, ...heartbeat } = more;
  const gateway = { ...fakeWorker().gateway, pingMs } as Heartbeat['gateway'];
  const figures = { rssBytes: 300_000_000, eventLoopLagMs: 1.4, queueDepth: 3, tasks: 2, ...heartbeat };
  history.onHeartbeat(runId, {
    type: 'heartbeat',
    seq: 1,
    state: 'RUNNING',
    degraded: false,
    databaseProblem: null,
    gateway,
    ...figures,
  });
}

describe('the samples of the last hour', () => {
  it('say what the heartbeats said', () => {
    beat();
    const [sample] = history.list();
    expect(sampleSchema.parse(sample)).toEqual({
      at: clock.now(),
      runId: 'RUN-1',
      rssBytes: 300_000_000,
      eventLoopLagMs: 1.4,
      queueDepth: 3,
      tasks: 2,
      pingMs: 42,
    });
  });

  it('keep a ping that there was not yet as none', () => {
    beat({ pingMs: null });
    expect(history.list()[0]?.pingMs).toBeNull();
  });

  it('are one for each heartbeat at the usual pace, though that is never quite even', async () => {
    for (let n = 0; n < 10; n += 1) {
      beat();
      await clock.advance(n % 2 === 0 ? 4_990 : 5_010);
    }
    expect(history.list()).toHaveLength(10);
  });

  it('are one for several that come faster, with the worst lag of them', async () => {
    for (const eventLoopLagMs of [1, 90, 2]) {
      beat({ eventLoopLagMs, queueDepth: eventLoopLagMs });
      await clock.advance(1_000);
    }
    expect(history.list()).toMatchObject([{ eventLoopLagMs: 90, queueDepth: 2 }]);
  });

  it('never mix two runs', () => {
    beat({}, 'RUN-1');
    beat({}, 'RUN-2');
    expect(history.list().map(({ runId }) => runId)).toEqual(['RUN-1', 'RUN-2']);
  });

  it('go back an hour and no further, oldest first', async () => {
    for (let n = 0; n < 1_000; n += 1) {
      beat({ queueDepth: n });
      await clock.advance(5_000);
    }
    const depths = history.list().map(({ queueDepth }) => queueDepth);
    expect([depths.length, depths[0], depths.at(-1)]).toEqual([720, 280, 999]);
    expect(depths).toEqual(depths.toSorted((one, other) => one - other));
  });

  it('go on when the clock is set back', async () => {
    beat();
    clock.jumpWallClock(-3_600_000);
    beat();
    expect(history.list()).toHaveLength(2);
  });
});
