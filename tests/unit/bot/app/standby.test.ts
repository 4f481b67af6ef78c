import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PreflightReport } from '../../../../bot/app/preflight/preflight.js';
import { Standby, type StandbyOptions } from '../../../../bot/app/standby.js';
import type { WorkerMessage } from '../../../../shared/ipc-protocol.js';
import { FakeClock } from '../../../../shared/testing/index.js';

/** What it did, in its order. */
let steps: unknown[];
let sent: WorkerMessage[];
let prepare: () => Promise<string[]>;
let preflight: () => Promise<PreflightReport>;
let clock: FakeClock;
let parts: object;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  steps = [];
  sent = [];
  clock = new FakeClock();
  parts = {};
  prepare = async () => [];
  preflight = async () => ({ problems: [], pendingMigrations: [] });
});
afterEach(() => vi.useRealTimers());

function createStandby({ isNewBuild = false } = {}): Standby {
  const application = {
    options: {
      clock,
      config: { env: { TUX_HEARTBEAT_INTERVAL_MS: 5_000 } },
      send: (message: WorkerMessage) => void sent.push(message),
    },
    parts,
    uptimeMs: 7,
    preflight: () => preflight(),
    prepare: () => prepare(),
    start: async () => void steps.push('start'),
  } as unknown as StandbyOptions['application'];
  const sayHello = () => void steps.push('hello');
  return new Standby({ application, isNewBuild, sayHello, exit: (code) => void steps.push(`exit ${code}`) });
}

describe('a standby', () => {
  it('says when it is prepared, how long that took, what went wrong, and how much of its memory it can do without', async () => {
    parts = { tux: { gateway: { bytesAhead: 80 } } };
    prepare = async () => {
      await clock.sleep(900);
      return ['database: it does not answer'];
    };
    const done = createStandby().begin();
    await clock.advance(900);
    await done;
    const problems = ['database: it does not answer'];
    expect(sent).toMatchObject([{ type: 'standby', stage: 'prepared', problems, preparedMs: 900, bytesAhead: 80 }]);
  });

  it('of a new build shows first that it can serve, and is not prepared if it cannot', async () => {
    preflight = async () => ({ problems: [], pendingMigrations: ['AddThings1'] });
    await createStandby({ isNewBuild: true }).begin();
    preflight = async () => ({ problems: ['cog fun: kaput', 'no database'], pendingMigrations: [] });
    prepare = () => Promise.reject(new Error('it was prepared all the same'));
    await createStandby({ isNewBuild: true }).begin();
    expect(sent).toMatchObject([
      { stage: 'prepared', problems: [], pendingMigrations: ['AddThings1'] },
      { stage: 'failed', problems: ['cog fun: kaput', 'no database'] },
    ]);
  });

  it('says when it cannot be prepared', async () => {
    prepare = () => Promise.reject(new Error('a syntax error'));
    await createStandby().begin();
    expect(sent).toMatchObject([{ type: 'standby', stage: 'failed', problems: ['a syntax error'] }]);
  });

  it('beats six times more slowly than a worker, and no longer once it has taken over', async () => {
    const standby = createStandby();
    await standby.begin();
    vi.advanceTimersByTime(60_000);
    expect(sent.filter(({ type }) => type === 'heartbeat')).toMatchObject([{ seq: 0 }, { seq: 1 }]);
    standby.activate();
    vi.advanceTimersByTime(60_000);
    expect(sent.filter(({ type }) => type === 'heartbeat')).toHaveLength(2);
  });

  it('takes over once, also before it is prepared, and then reports nothing more', async () => {
    prepare = () => clock.sleep(900).then(() => []);
    const standby = createStandby();
    const done = standby.begin();
    standby.activate();
    standby.activate();
    await clock.advance(900);
    await done;
    expect(steps).toEqual(['hello', 'start']);
    expect(sent).toEqual([]);
  });

  it('leaves at once while it waits, and not any more when it serves', () => {
    const standby = createStandby();
    expect(standby.leave()).toBe(true);
    expect(standby.leave(70)).toBe(true);
    standby.activate();
    expect(standby.leave()).toBe(false);
    expect(steps).toEqual(['exit 0', 'exit 70', 'hello', 'start']);
  });
});
