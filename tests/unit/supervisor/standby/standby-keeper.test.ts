import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { environmentSchema } from '../../../../shared/config/schema.js';
import type { StandbyReport } from '../../../../shared/ipc-protocol.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { type KeptStandby, StandbyKeeper } from '../../../../supervisor/standby/standby-keeper.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

const GB = 1_000_000_000;

/** A standby of which the test says what becomes of it. */
class FakeStandby implements KeptStandby {
  readonly prepared: Promise<StandbyReport>;
  readonly over: Promise<string>;
  report: StandbyReport | null = null;
  rssBytes: number | null = null;
  isUsable = true;
  ageMs = 0;
  endedBecause: string | null = null;
  #resolvePrepared: (report: StandbyReport) => void = () => {};
  #resolveOver: (problem: string) => void = () => {};

  constructor(
    readonly pid: number,
    readonly environment: Readonly<Record<string, string>>,
  ) {
    this.prepared = new Promise((resolve) => {
      this.#resolvePrepared = resolve;
    });
    this.over = new Promise((resolve) => {
      this.#resolveOver = resolve;
    });
  }

  get runId(): string {
    return `RUN-${this.pid}`;
  }

  activate(): never {
    throw new Error('not done here');
  }

  /** How long it takes to end. */
  ending: Promise<void> = Promise.resolve();

  async end(why: string): Promise<void> {
    this.endedBecause = why;
    this.fail(why);
    await this.ending;
  }

  getReady(bytesAhead = 0): void {
    const rssBytes = 150_000_000 + bytesAhead;
    this.report = { type: 'standby', stage: 'prepared', problems: [], preparedMs: 900, rssBytes, bytesAhead };
    this.rssBytes = this.report.rssBytes;
    this.#resolvePrepared(this.report);
  }

  fail(problem: string): void {
    this.isUsable = false;
    this.#resolveOver(problem);
  }
}

let clock: FakeClock;
let logger: ReturnType<typeof recordingLogger>;
let standbys: FakeStandby[];
let mode: 'auto' | 'on' | 'off';
let availableBytes: number;
let environment: Record<string, string>;
let isCurrentBuild: boolean;
let changes: number;
let keeper: StandbyKeeper;

beforeEach(() => {
  clock = new FakeClock();
  logger = recordingLogger();
  standbys = [];
  mode = 'auto';
  availableBytes = 4 * GB;
  environment = { TUX_PREFIX: '$' };
  isCurrentBuild = true;
  changes = 0;
  keeper = new StandbyKeeper({
    config: {
      get env() {
        return environmentSchema.parse({ DISCORD_TOKEN: 'x', TUX_STANDBY: mode });
      },
    },
    launch(environment) {
      const standby = new FakeStandby(100 + standbys.length, environment);
      standbys.push(standby);
      return standby;
    },
    environment: () => environment,
    isCurrentBuild: () => isCurrentBuild,
    memory: () => ({ availableBytes, cgroupHeadroomBytes: null }),
    log: logger.log,
    clock,
    events: {
      onChange() {
        changes += 1;
      },
    },
  });
});
afterEach(async () => {
  await keeper.close();
  expect(clock.pending).toBe(0);
});

/** The one that was started last. */
function last(): FakeStandby {
  const standby = standbys.at(-1);
  if (!standby) throw new Error('there is none');
  return standby;
}

/** Until there is one that is ready. */
async function serveWithStandby(): Promise<FakeStandby> {
  keeper.noteServing();
  await clock.advance(1_000);
  last().getReady();
  await clock.advance(0);
  return last();
}

describe('a keeper of standbys', () => {
  it('starts one when Tux has served for a moment, and says when it is ready', async () => {
    await clock.advance(600_000);
    expect(standbys).toHaveLength(0);
    expect(keeper.status).toMatchObject({ state: 'waiting', reason: 'it is prepared once Tux serves' });
    keeper.noteServing();
    await clock.advance(999);
    expect(standbys).toHaveLength(0);
    await clock.advance(1);
    expect(keeper.status).toMatchObject({ state: 'preparing', pid: 100, preparedMs: null });
    last().getReady();
    await clock.advance(0);
    expect(keeper.status).toMatchObject({ state: 'ready', pid: 100, preparedMs: 900, rssBytes: 150_000_000 });
    expect(logger.events()).toEqual(['standby:started', 'standby:ready']);
    expect(changes).toBeGreaterThan(2);
  });

  it('hands it over, also while it is being prepared, and has another one once Tux serves again', async () => {
    keeper.noteServing();
    await clock.advance(1_000);
    expect(keeper.take(environment)).toBe(standbys[0]);
    expect(keeper.take(environment)).toBeNull();
    await clock.advance(600_000);
    expect(standbys).toHaveLength(1);
    expect(await serveWithStandby()).toBe(standbys[1]);
    expect(keeper.starts).toBe(2);
  });

  it('hands over none that is about to end, or that has other settings', async () => {
    const first = await serveWithStandby();
    expect(keeper.take({ TUX_PREFIX: '!' })).toBeNull();
    expect(first.endedBecause).toBe('the settings have changed');
    const second = await serveWithStandby();
    second.isUsable = false;
    expect(keeper.take(environment)).toBeNull();
  });

  it('replaces one that fails, quietly and at once, and one that always fails less and less often, saying so once', async () => {
    await serveWithStandby();
    for (const waitMs of [1_000, 2_000, 4_000, 8_000]) {
      const before = standbys.length;
      last().fail('it was killed by SIGKILL');
      await clock.advance(waitMs - 1);
      expect(standbys).toHaveLength(before);
      await clock.advance(1);
      expect(standbys).toHaveLength(before + 1);
    }
    const told = logger.records.filter(({ event, level }) => event === 'standby:failed' && level > 20);
    expect(told).toHaveLength(1);
    expect(told[0]?.msg).toContain('3 in a row failed (it was killed by SIGKILL)');
    await clock.advance(0);
    last().getReady();
    await clock.advance(0);
    last().ageMs = 600_000;
    last().fail('it ended with code 1');
    await clock.advance(1_000);
    expect(keeper.status.state).toBe('preparing');
  });

  it('replaces it when the settings have changed', async () => {
    const first = await serveWithStandby();
    environment = { TUX_PREFIX: '!' };
    keeper.noteSettings();
    await clock.advance(0);
    expect(first.endedBecause).toBe('the settings have changed');
    expect(last().environment).toEqual({ TUX_PREFIX: '!' });
    expect(logger.records.filter(({ event }) => event === 'standby:failed')).toEqual([]);
  });

  it('stays what it is when there is another build on disk, and makes none of that', async () => {
    const first = await serveWithStandby();
    isCurrentBuild = false;
    await clock.advance(600_000);
    expect(first.endedBecause).toBeNull();
    expect(keeper.take(environment)).toBe(first);
    keeper.noteServing();
    await clock.advance(600_000);
    expect(standbys).toHaveLength(1);
    expect(keeper.status.reason).toContain('to bring it into service: tux-supervisor deploy');
    isCurrentBuild = true;
    await clock.advance(60_000);
    expect(standbys).toHaveLength(2);
  });

  it('gives one away to be kept for later, if it is ready and there is memory for another', async () => {
    expect(keeper.release()).toBeNull();
    keeper.noteServing();
    await clock.advance(1_000);
    expect(keeper.release()).toBeNull();
    last().getReady();
    await clock.advance(0);
    availableBytes = 100_000_000;
    expect(keeper.release()).toBeNull();
    availableBytes = 4 * GB;
    expect(keeper.release()).toBe(standbys[0]);
    expect(keeper.status).toMatchObject({ state: 'waiting', pid: null });
    expect(last().endedBecause).toBeNull();
  });

  it('goes without while there is little memory, says so, and looks again', async () => {
    const first = await serveWithStandby();
    availableBytes = 100_000_000;
    await clock.advance(60_000);
    expect(first.endedBecause).toBe('100.0 MB of memory free, 128.0 MB needed');
    expect(keeper.status).toMatchObject({ state: 'off', pid: null });
    await clock.advance(60_000);
    expect(keeper.status.reason).toBe('100.0 MB of memory free, 406.0 MB needed');
    expect(standbys).toHaveLength(1);
    availableBytes = GB;
    await clock.advance(60_000);
    expect(standbys).toHaveLength(2);
  });

  it('counts for the next one only what one cannot do without', async () => {
    keeper.noteServing();
    await clock.advance(1_000);
    const first = standbys.at(-1);
    first?.getReady(80_000_000);
    await clock.advance(0);
    expect(keeper.status.rssBytes).toBe(230_000_000);
    first?.fail('it is gone');
    availableBytes = 300_000_000;
    await clock.advance(60_000);
    expect(keeper.status.reason).toBe('300.0 MB of memory free, 406.0 MB needed');
  });

  it('follows the setting', async () => {
    const first = await serveWithStandby();
    mode = 'off';
    keeper.noteSettings();
    await clock.advance(0);
    expect(first.endedBecause).toBe('TUX_STANDBY is off');
    expect(keeper.status).toMatchObject({ state: 'off', reason: 'TUX_STANDBY is off' });
    mode = 'on';
    availableBytes = 0;
    keeper.noteSettings();
    await clock.advance(0);
    expect(standbys).toHaveLength(2);
  });

  it('keeps one that somebody else brought, whatever it thinks of it', async () => {
    const first = await serveWithStandby();
    mode = 'off';
    const brought = new FakeStandby(900, environment);
    keeper.adopt(brought);
    brought.getReady();
    isCurrentBuild = false;
    await clock.advance(600_000);
    expect(first.endedBecause).toBe('another one takes its place');
    expect(keeper.status).toMatchObject({ state: 'ready', pid: 900 });
    expect(keeper.take({ TUX_PREFIX: '?' })).toBe(brought);
  });

  it('ends it when it is closed, and starts none any more', async () => {
    const first = await serveWithStandby();
    await keeper.close();
    expect(first.endedBecause).toBe('the supervisor stops');
    keeper.noteServing();
    await clock.advance(600_000);
    expect(standbys).toHaveLength(1);
    expect(keeper.status.state).toBe('off');
  });

  it.each([
    ['closed before', () => keeper.close()],
    ['given up because the settings have changed', async () => keeper.take({ TUX_PREFIX: '?' })],
  ])('lets who closes it wait for one that takes a while to end, also when it was %s', async (_, endIt) => {
    const first = await serveWithStandby();
    let reap = () => {};
    first.ending = new Promise((resolve) => {
      reap = resolve;
    });
    void endIt();
    let isClosed = false;
    const closed = keeper.close().then(() => {
      isClosed = true;
    });
    await clock.advance(5_000);
    expect(isClosed).toBe(false);
    reap();
    await closed;
  });
});
