import { beforeEach, describe, expect, it } from 'vitest';
import { environmentSchema } from '../../../../shared/config/schema.js';
import { emptyLedger } from '../../../../shared/identify-ledger.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import type { ExitVerdict } from '../../../../supervisor/restart/exit-policy.js';
import { ReadyWaiters } from '../../../../supervisor/restart/ready-waiters.js';
import { RestartPause } from '../../../../supervisor/restart/restart-pause.js';
import { initialRestartState, type RestartState } from '../../../../supervisor/restart/restart-policy.js';
import { AT_ONCE, RestartSchedule } from '../../../../supervisor/restart/restart-schedule.js';
import type { Hold } from '../../../../supervisor/supervisor-state.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

const crash: ExitVerdict = { class: 'crash', action: 'back-off', exitCode: 0, reason: 'exit code 1' };
const run = { status: { code: 1, signal: null, uptimeMs: 1_000 }, session: null } as const;
const DAY_MS = 24 * 60 * 60 * 1000;

let clock: FakeClock;
let logger: ReturnType<typeof recordingLogger>;
let waiters: ReadyWaiters;
let pause: RestartPause;
/** What the observer heard. */
let heard: string[];
/** What is on disk. */
let saved: { restart: RestartState; hold: Hold | null };

beforeEach(() => {
  clock = new FakeClock();
  logger = recordingLogger();
  waiters = new ReadyWaiters();
  pause = new RestartPause(clock);
  heard = [];
  saved = { restart: initialRestartState(), hold: null };
});

function createSchedule(settings: Record<string, string> = {}): RestartSchedule {
  return new RestartSchedule({
    config: { env: environmentSchema.parse({ DISCORD_TOKEN: 'x', ...settings }) },
    state: {
      ledger: emptyLedger(),
      get restart() {
        return saved.restart;
      },
      get hold() {
        return saved.hold;
      },
      async saveRestart(restart, hold) {
        saved = { restart, hold };
      },
    },
    behind: { follow: (work) => void work },
    recorder: { last: null },
    waiters,
    pause,
    events: {
      onChange: () => {},
      onHold: ({ reason }) => void heard.push(`hold: ${reason}`),
      onGaveUp: (code) => void heard.push(`gave up: ${code}`),
    },
    log: logger.log,
    clock,
    random: () => 0.5,
  });
}

const isoIn = (ms: number) => new Date(clock.now() + ms).toISOString();
const hold = (ms: number): Hold => ({ reason: 'crash-loop', message: 'boom', until: isoIn(ms) });

describe('the first start of a supervisor', () => {
  it('comes at once, also when a hold has ended meanwhile', () => {
    expect(createSchedule().first()).toEqual(AT_ONCE);
    saved.hold = hold(0);
    expect(createSchedule().first()).toEqual(AT_ONCE);
    expect(logger.events()).toEqual([]);
  });

  it('waits for what is left of a hold', () => {
    saved.hold = hold(60_000);
    expect(createSchedule().first()).toMatchObject({ kind: 'hold', afterMs: 60_000, reason: 'crash-loop' });
    expect([logger.events(), heard]).toEqual([['supervisor:held'], ['hold: crash-loop']]);
  });

  it('waits a day at most, whatever the clock was set to', () => {
    saved.hold = hold(365 * DAY_MS);
    expect(createSchedule().first()).toMatchObject({ kind: 'hold', afterMs: DAY_MS });
  });
});

describe('the start after a crash', () => {
  it('is put off, said and remembered', async () => {
    const next = await createSchedule().next(crash, run, false);
    expect(next).toEqual({ kind: 'restart', afterMs: 500 });
    expect(saved).toMatchObject({ restart: { consecutiveCrashes: 1 }, hold: null });
    expect(logger.records.map(({ event, msg }) => [event, msg])).toEqual([
      ['supervisor:backoff', '⚠️ Next start in 0.5 s'],
    ]);
  });

  it('comes at once when it was forced, and the crash counts all the same', async () => {
    expect(await createSchedule().next(crash, run, true)).toEqual(AT_ONCE);
    expect([saved.restart.consecutiveCrashes, logger.events()]).toEqual([1, []]);
  });

  it('is held after too many, and the hold is on disk', async () => {
    const schedule = createSchedule();
    for (let crashes = 1; crashes < 5; crashes += 1) await schedule.next(crash, run, false);
    const next = await schedule.next(crash, run, false);
    expect(next.kind).toBe('hold');
    expect(saved.hold?.until).toBe(isoIn(next.kind === 'hold' ? next.afterMs : 0));
    expect([logger.events().at(-1), heard]).toEqual(['supervisor:held', ['hold: crash-loop']]);
  });

  it('does not come when it was the last that may be', async () => {
    const next = await createSchedule({ TUX_MAX_CRASHES: '1' }).next(crash, run, false);
    expect(next).toEqual({ kind: 'give-up', message: 'gave up after 1 crashes in a row; the last: exit code 1' });
    expect([saved.hold, logger.events(), heard]).toEqual([null, ['supervisor:gave-up'], ['gave up: 75']]);
  });
});

describe('the wait', () => {
  it('lasts as long as was decided, and shows why', async () => {
    const schedule = createSchedule();
    const waiting = schedule.wait({ kind: 'restart', afterMs: 500 });
    expect(pause.current).toEqual({ kind: 'BACKOFF', reason: 'crash', until: isoIn(500) });
    await clock.advance(500);
    await waiting;
    await schedule.wait(AT_ONCE);
    expect([pause.current, clock.pending]).toEqual([null, 0]);
  });

  it('tells those who wait for a restart that it is held', async () => {
    const told = waiters.next().catch((error: unknown) => error);
    const until = isoIn(60_000);
    const waiting = createSchedule().wait({ kind: 'hold', afterMs: 60_000, reason: 'crash-loop', message: 'boom' });
    expect(await told).toMatchObject({
      code: 'TUX_HELD',
      message: `Restarts are held until ${until} (crash-loop: boom)`,
    });
    pause.end();
    await waiting;
  });
});
