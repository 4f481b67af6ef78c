import { describe, expect, it } from 'vitest';
import type { Status } from '../../../../shared/control/status.js';
import { ExitCode } from '../../../../shared/exit-codes.js';
import { createLogger } from '../../../../shared/logging/logger.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { SystemdNotifier } from '../../../../supervisor/systemd/systemd-notifier.js';
import { fakeStatus, fakeWorker } from '../../../support/fake-status.js';
import { LogWatch } from '../../../support/log-watch.js';

const EXTEND = 'EXTEND_TIMEOUT_USEC=30000000';
const STARTING = fakeStatus({ state: 'STARTING', ready: false, worker: null });
const reason = { kind: 'signal', message: 'SIGTERM', signal: 'SIGTERM' } as const;

/** A notifier whose messages are kept; `call` does what the observers' hub does. */
class NotifierRig {
  readonly clock = new FakeClock();
  readonly log = new LogWatch();
  /** Messages that began to be sent. */
  readonly sent: string[][] = [];
  status: Status = STARTING;
  problems: string[] = [];
  /** What sending takes; default: no time. */
  sending: () => Promise<void> = async () => {};
  /** Whether systemd takes what is sent. */
  isTaken = true;
  readonly notifier: SystemdNotifier;

  constructor(watchdogMs: number | null = null) {
    const { clock } = this;
    this.notifier = new SystemdNotifier({
      command: {
        send: async (message) => {
          this.sent.push([...message]);
          await this.sending();
          return this.isTaken;
        },
      },
      watchdogMs,
      pid: 42,
      status: () => this.status,
      supervisionProblems: () => this.problems,
      secrets: ['hunter2-hunter2'],
      log: createLogger({
        level: 'info',
        name: 'test',
        destination: { write: (line) => this.log.feed(line) },
        secrets: [],
      }),
      clock,
      monotonicUsec: () => 777n,
    });
  }

  /** Begins, and waits until Tux is ready. */
  static async ready(watchdogMs: number | null = null): Promise<NotifierRig> {
    const rig = new NotifierRig(watchdogMs);
    rig.notifier.start();
    await rig.clock.settle();
    await rig.call(() => rig.notifier.onReady(), fakeStatus());
    await rig.clock.advance(10_000); // the last look whether a start needs more time
    rig.sent.length = 0;
    return rig;
  }

  async call(event: () => void, status: Status = this.status): Promise<void> {
    this.status = status;
    event();
    this.notifier.onChange();
    await this.clock.settle();
  }
}

describe('a start', () => {
  it('is ready when Tux is ready for the first time, and only once', async () => {
    const rig = new NotifierRig();
    rig.notifier.start();
    await rig.clock.settle();
    expect(rig.sent).toEqual([[EXTEND, 'STATUS=Starting Tux']]);
    await rig.call(() => rig.notifier.onReady(), fakeStatus());
    expect(rig.sent.at(-1)).toEqual(['READY=1', 'MAINPID=42', 'STATUS=Serving 1 guild']);
    await rig.clock.advance(2_000);
    await rig.call(() => rig.notifier.onReady());
    expect(rig.sent.length).toBe(2);
  });

  it('gets more time as long as it takes, through a hold too, and no more once it is over', async () => {
    const rig = new NotifierRig();
    rig.notifier.start();
    await rig.clock.settle();
    const hold = { reason: '5 crashes', until: '2026-01-01T00:15:00.000Z' };
    await rig.call(() => {}, fakeStatus({ state: 'HELD', ready: false, worker: null, hold }));
    await rig.clock.advance(900_000);
    expect(rig.sent.flat().filter((assignment) => assignment === EXTEND).length).toBe(91);
    await rig.call(() => rig.notifier.onReady(), fakeStatus());
    await rig.clock.advance(60_000);
    expect(rig.sent.flat().filter((assignment) => assignment === EXTEND).length).toBe(91);
    expect(rig.clock.pending).toBe(0);
  });

  it('gets no more time from a supervision that is not well', async () => {
    const rig = new NotifierRig();
    rig.problems = ['the worker hangs'];
    rig.notifier.start();
    await rig.clock.advance(60_000);
    expect(rig.sent).toEqual([['STATUS=Starting Tux']]);
  });

  it('that is stopped was ready after all, or it would count as failed and be started again', async () => {
    const rig = new NotifierRig();
    rig.notifier.start();
    await rig.clock.settle();
    await rig.call(() => rig.notifier.onStopping(reason));
    expect(rig.sent.slice(1)).toEqual([['READY=1', 'MAINPID=42', EXTEND, 'STATUS=Stopping: SIGTERM'], ['STOPPING=1']]);
  });

  it('that was given up was never ready', async () => {
    const rig = new NotifierRig();
    rig.notifier.start();
    await rig.call(() => rig.notifier.onGaveUp(ExitCode.CONFIG, 'the token is wrong'));
    expect(rig.sent.flat()).toContain('STATUS=Gave up with exit code 78: the token is wrong');
    expect(rig.sent.flat()).not.toContain('READY=1');
  });
});

describe('the status', () => {
  it('is told when it changes, and at most once a second', async () => {
    const rig = await NotifierRig.ready();
    const guilds = (count: number) => {
      const worker = fakeWorker();
      return fakeStatus({ worker: { ...worker, gateway: worker.gateway && { ...worker.gateway, guilds: count } } });
    };
    await rig.call(() => {}, guilds(2));
    await rig.call(() => {}, guilds(3));
    await rig.call(() => {}, guilds(4));
    expect(rig.sent).toEqual([['STATUS=Serving 2 guilds']]);
    expect(rig.clock.pending).toBe(1);
    await rig.clock.advance(999);
    expect(rig.sent.length).toBe(1);
    await rig.clock.advance(1);
    expect(rig.sent.slice(1)).toEqual([['STATUS=Serving 4 guilds']]);
    await rig.clock.advance(60_000);
    await rig.call(() => {});
    expect(rig.sent.length).toBe(2);
  });

  it('holds no secret', async () => {
    const rig = await NotifierRig.ready();
    const hold = { reason: 'could not connect with hunter2-hunter2', until: '2026-01-01T00:15:00.000Z' };
    await rig.call(() => {}, fakeStatus({ state: 'HELD', hold }));
    expect(rig.sent).toEqual([[expect.stringMatching(/^STATUS=Held until .* with \[redacted\]$/)]]);
  });
});

describe('a reload', () => {
  it('is told with its instant, and its end', async () => {
    const rig = await NotifierRig.ready();
    await rig.call(() => rig.notifier.onReloading());
    await rig.call(() => rig.notifier.onReloaded());
    expect(rig.sent).toEqual([['RELOADING=1', 'MONOTONIC_USEC=777'], ['READY=1']]);
  });

  it('before Tux is ready says nothing, least of all that it is ready', async () => {
    const rig = new NotifierRig();
    rig.notifier.start();
    await rig.call(() => rig.notifier.onReloading());
    await rig.call(() => rig.notifier.onReloaded());
    expect(rig.sent).toEqual([[EXTEND, 'STATUS=Starting Tux']]);
  });
});

describe('the watchdog', () => {
  it('hears twice in its time, before and after Tux is ready, and in a hold', async () => {
    const rig = await NotifierRig.ready(30_000);
    const hold = { reason: '5 crashes', until: '2026-01-01T00:15:00.000Z' };
    await rig.call(() => {}, fakeStatus({ state: 'HELD', hold }));
    rig.sent.length = 0;
    await rig.clock.advance(60_000);
    expect(rig.sent).toEqual(Array.from({ length: 4 }, () => ['WATCHDOG=1']));
  });

  it('hears nothing while supervision is not well, which is logged once, and again when it is', async () => {
    const rig = await NotifierRig.ready(30_000);
    rig.problems = ['the worker should have ended and has not'];
    await rig.clock.advance(60_000);
    expect(rig.sent).toEqual([]);
    expect(rig.log.all('systemd:unhealthy').map(({ msg }) => msg)).toEqual([
      expect.stringContaining('the worker should have ended and has not'),
    ]);
    rig.problems = [];
    await rig.clock.advance(15_000);
    expect(rig.sent).toEqual([['WATCHDOG=1']]);
  });

  it('hears nothing when there is none', async () => {
    const rig = await NotifierRig.ready();
    await rig.clock.advance(600_000);
    expect(rig.sent).toEqual([]);
    expect(rig.clock.pending).toBe(0);
  });
});

describe('a stop', () => {
  it('is told with its reason, and gets time until it is over', async () => {
    const rig = await NotifierRig.ready();
    await rig.call(() => rig.notifier.onStopping(reason), fakeStatus({ state: 'STOPPING', ready: false }));
    expect(rig.sent).toEqual([['STOPPING=1', EXTEND, 'STATUS=Stopping: SIGTERM']]);
    await rig.clock.advance(20_000);
    expect(rig.sent.slice(1)).toEqual([[EXTEND], [EXTEND]]);
    await rig.notifier.close();
    await rig.clock.settle();
    expect(rig.clock.pending).toBe(0);
  });

  it('ends a reload, so that nothing says ready any more', async () => {
    const rig = await NotifierRig.ready();
    await rig.call(() => rig.notifier.onReloading());
    await rig.call(() => rig.notifier.onStopping(reason));
    await rig.call(() => rig.notifier.onReloaded());
    expect(rig.sent.flat()).not.toContain('READY=1');
  });

  it('keeps its first reason', async () => {
    const rig = await NotifierRig.ready();
    await rig.call(() => rig.notifier.onGaveUp(ExitCode.RESTART, '3 crashes in a row'));
    await rig.clock.advance(2_000);
    await rig.call(() => rig.notifier.onStopping(reason));
    expect(rig.sent).toEqual([['STOPPING=1', EXTEND, 'STATUS=Gave up with exit code 75: 3 crashes in a row']]);
  });
});

describe('sending', () => {
  it('is one message at a time, in order, and what is due meanwhile goes together', async () => {
    const rig = await NotifierRig.ready(30_000);
    let release = () => {};
    rig.sending = () => new Promise((done) => (release = done));
    await rig.call(() => rig.notifier.onReloading());
    await rig.clock.advance(15_000); // the watchdog is due
    await rig.call(() => rig.notifier.onReloaded());
    await rig.call(() => rig.notifier.onStopping(reason));
    expect(rig.sent).toEqual([['RELOADING=1', 'MONOTONIC_USEC=777']]);
    rig.sending = async () => {};
    release();
    await rig.clock.settle();
    expect(rig.sent.slice(1)).toEqual([['READY=1', 'WATCHDOG=1', EXTEND, 'STATUS=Stopping: SIGTERM'], ['STOPPING=1']]);
  });

  it('is tried again with what is true by then, so that nothing is lost that systemd waits for', async () => {
    const rig = new NotifierRig(30_000);
    rig.notifier.start();
    await rig.clock.settle();
    rig.isTaken = false;
    await rig.call(() => rig.notifier.onReady(), fakeStatus());
    await rig.clock.advance(2_999);
    expect(rig.sent.slice(1)).toEqual(Array(2).fill(['READY=1', 'MAINPID=42', 'STATUS=Serving 1 guild']));
    rig.isTaken = true;
    await rig.clock.advance(1);
    expect(rig.sent.slice(3)).toEqual([['READY=1', 'MAINPID=42', 'STATUS=Serving 1 guild']]);
    rig.isTaken = false;
    await rig.clock.advance(12_000); // the watchdog is due, and is not heard
    rig.isTaken = true;
    await rig.clock.advance(1_000);
    expect(rig.sent.slice(4)).toEqual([['WATCHDOG=1'], ['WATCHDOG=1', 'STATUS=Serving 1 guild']]);
    await rig.clock.advance(1_000);
    expect(rig.sent.length).toBe(6);
  });

  it('that never works ends with the supervisor', async () => {
    const rig = new NotifierRig(30_000);
    rig.isTaken = false;
    rig.notifier.start();
    await rig.clock.advance(60_000);
    expect(rig.sent.length).toBeLessThan(12);
    const closed = rig.notifier.close();
    await rig.clock.advance(2_000);
    await closed;
    await rig.clock.settle();
    expect(rig.clock.pending).toBe(0);
  });

  it('survives a fault of ours, which is logged', async () => {
    const rig = await NotifierRig.ready();
    const { status } = rig;
    Object.defineProperty(rig, 'status', {
      configurable: true,
      get: () => {
        throw new Error('a bug');
      },
    });
    rig.notifier.onChange();
    await rig.clock.settle();
    expect(rig.log.all('systemd:notifier-failed').length).toBe(1);
    Object.defineProperty(rig, 'status', { value: status, writable: true });
    await rig.call(() => rig.notifier.onReloading());
    expect(rig.sent).toEqual([['RELOADING=1', 'MONOTONIC_USEC=777']]);
  });

  it('is waited for at the end, but for no more than 2 s', async () => {
    const rig = await NotifierRig.ready();
    rig.sending = () => new Promise(() => {});
    await rig.call(() => rig.notifier.onStopping(reason));
    let isClosed = false;
    void rig.notifier.close().then(() => {
      isClosed = true;
    });
    await rig.clock.advance(1_999);
    expect(isClosed).toBe(false);
    await rig.clock.advance(1);
    expect(isClosed).toBe(true);
    await rig.clock.settle();
    expect(rig.clock.pending).toBe(0);
  });
});
