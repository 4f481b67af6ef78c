import { beforeEach, describe, expect, it } from 'vitest';
import { LiveConfig } from '../../../../shared/config/live-config.js';
import { loadConfig } from '../../../../shared/config/load.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { ScheduledRestarts } from '../../../../supervisor/limits/scheduled-restarts.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

const HOUR = 3_600_000;

let clock: FakeClock;
let logger: ReturnType<typeof recordingLogger>;
let restarts: number;
let problem: Error | null;

beforeEach(() => {
  clock = new FakeClock();
  logger = recordingLogger();
  restarts = 0;
  problem = null;
});

function configWith(pattern?: string) {
  return loadConfig({
    DISCORD_TOKEN: 'token-of-a-test',
    TUX_STATE_DIR: '/srv/tux',
    ...(pattern !== undefined && { TUX_RESTART_SCHEDULE: pattern }),
  });
}

function follow(config: LiveConfig): ScheduledRestarts {
  const restart = async () => {
    restarts += 1;
    if (problem) throw problem;
  };
  return new ScheduledRestarts({ config, restart, log: logger.log, clock });
}

describe('scheduled restarts', () => {
  it('come at their times, again and again', async () => {
    const schedule = follow(new LiveConfig(configWith('0 * * * *')));
    expect(Date.parse(schedule.next ?? '') - clock.now()).toBeLessThanOrEqual(HOUR);
    await clock.advance(3 * HOUR);
    expect(restarts).toBe(3);
    schedule.close();
    await clock.advance(3 * HOUR);
    expect([restarts, schedule.next]).toEqual([3, null]);
  });

  it('are none without a schedule', async () => {
    const schedule = follow(new LiveConfig(configWith()));
    await clock.advance(48 * HOUR);
    expect([restarts, schedule.next]).toEqual([0, null]);
  });

  it('follow a schedule that changes', async () => {
    const config = new LiveConfig(configWith('0 * * * *'));
    const schedule = follow(config);
    config.takeOver(configWith());
    await clock.advance(3 * HOUR);
    expect([restarts, schedule.next]).toEqual([0, null]);
    config.takeOver(configWith('*/30 * * * *'));
    await clock.advance(HOUR);
    expect(restarts).toBe(2);
    schedule.close();
  });

  it('come in time on a machine whose clock was years ahead when they were planned', async () => {
    const schedule = follow(new LiveConfig(configWith('0 5 1 1 *')));
    clock.jumpWallClock(-1_000 * 24 * HOUR);
    await clock.advance(10 * 60_000);
    const left = Date.parse(schedule.next ?? '') - clock.now();
    expect(left).toBeLessThan(366 * 24 * HOUR);
    expect(restarts).toBe(0);
    schedule.close();
  });

  it('that do not work are logged, and the next one is tried', async () => {
    problem = new Error('restarts are held');
    const schedule = follow(new LiveConfig(configWith('0 * * * *')));
    await clock.advance(2 * HOUR);
    expect(restarts).toBe(2);
    expect(logger.events().filter((event) => event === 'schedule:restart-failed')).toHaveLength(2);
    schedule.close();
  });
});

describe('a schedule that is none', () => {
  it.each(['every day', '99 * * * *', '0 0 31 2 *'])('is a bad setting: %s', (pattern) => {
    expect(() => configWith(pattern)).toThrow('TUX_RESTART_SCHEDULE');
  });
});
