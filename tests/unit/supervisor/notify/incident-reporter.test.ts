import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../../shared/control/run-record.js';
import { createLogger } from '../../../../shared/logging/logger.js';
import { FakeClock } from '../../../../shared/testing/index.js';
import { IncidentReporter } from '../../../../supervisor/notify/incident-reporter.js';
import type { Notification } from '../../../../supervisor/notify/notification.js';
import { Notifier } from '../../../../supervisor/notify/notifier.js';
import { LogWatch } from '../../../support/log-watch.js';

/** A reporter with one channel, which does as `send` says. */
class ReporterRig {
  readonly clock = new FakeClock();
  readonly log = new LogWatch();
  readonly sent: Notification[] = [];
  isConfigured = true;
  send: (signal: AbortSignal) => Promise<void> = async () => {};
  readonly reporter: IncidentReporter;

  constructor() {
    const channel = {
      name: 'test',
      isAvailable: () => this.isConfigured,
      send: async (notification: Notification, signal: AbortSignal) => {
        await this.send(signal);
        this.sent.push(notification);
      },
    };
    this.reporter = new IncidentReporter({
      notifier: new Notifier([channel]),
      host: 'web-1',
      secrets: ['the-secret'],
      log: createLogger({
        level: 'debug',
        name: 'supervisor',
        destination: { write: (line: string) => this.log.feed(line) },
        secrets: [],
      }),
      clock: this.clock,
    });
  }

  get kinds(): string[] {
    return this.sent.map(({ kind }) => kind);
  }

  ended(runClass: RunRecord['class'], reason = 'killed by SIGKILL'): RunRecord {
    const at = new Date(this.clock.now()).toISOString();
    const nothing = { readyMs: null, signal: null, by: null, reportPath: null, session: null, version: null };
    const figures = { ...nothing, uptimeMs: 0, code: 1 };
    return { runId: 'RUN-1', pid: 1, startedAt: at, endedAt: at, class: runClass, reason, ...figures };
  }

  async endsWith(...classes: RunRecord['class'][]): Promise<void> {
    for (const runClass of classes) this.reporter.onRunEnded(this.ended(runClass));
    await this.clock.settle();
  }
}

describe('IncidentReporter', () => {
  it.each(['crash', 'hang', 'failed-start'] as const)('tells of a %s, and of the recovery', async (runClass) => {
    const rig = new ReporterRig();
    rig.reporter.onReady();
    await rig.endsWith(runClass);
    await rig.clock.advance(5_000);
    rig.reporter.onReady();
    await rig.clock.settle();
    expect(rig.kinds).toEqual([runClass, 'recovered']);
    expect(rig.sent[0]).toMatchObject({ host: 'web-1', reason: 'killed by SIGKILL', at: '2026-01-01T00:00:00.000Z' });
    expect(rig.sent[1]?.reason).toBe('It was down for 5 s.');
  });

  it('is silent about what somebody asked for, and about a lock that is looked at again', async () => {
    const rig = new ReporterRig();
    await rig.endsWith('planned', 'stopped', 'locked');
    rig.reporter.onReady();
    await rig.clock.settle();
    expect(rig.sent).toEqual([]);
  });

  it('tells of a hold with its end, of giving up, and of a configuration that needs a human once', async () => {
    const rig = new ReporterRig();
    const until = '2026-01-01T00:15:00.000Z';
    rig.reporter.onHold({ reason: 'crash-loop', message: '5 crashes in a row', until });
    rig.reporter.onGaveUp(75, 'gave up after 7 crashes in a row');
    rig.reporter.onRunEnded(rig.ended('config', 'no token'));
    rig.reporter.onGaveUp(78, 'no token');
    await rig.clock.settle();
    expect(rig.kinds).toEqual(['held', 'gave-up', 'config-error']);
    expect(rig.sent[0]).toMatchObject({ reason: '5 crashes in a row', until });
  });

  it('tells of a build that was swapped back, then of the recovery, and of one that was refused, where nothing was down', async () => {
    const rig = new ReporterRig();
    const build = { root: '/opt/tux/v2', version: '2.0.0', fingerprint: 'aaaabbbbcccc' };
    const previous = { root: '/opt/tux/v1', version: '1.0.0', fingerprint: '111122223333' };
    rig.reporter.onDeployRefused({ build, problems: ['cog fun: kaput', 'no luck'] });
    rig.reporter.onReady();
    rig.reporter.onSwappedBack({ build, previous, reason: 'exit code 1' });
    rig.reporter.onReady();
    await rig.clock.settle();
    expect(rig.sent.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['deploy-refused', '2.0.0 (aaaabbbb) in /opt/tux/v2: cog fun: kaput; no luck'],
      ['swapped-back', '2.0.0 (aaaabbbb) in /opt/tux/v2: exit code 1. Now: 1.0.0 (11112222) in /opt/tux/v1'],
      ['recovered', 'It was down for 0 ms.'],
    ]);
  });

  it('tells a storm once, and counts the rest', async () => {
    const rig = new ReporterRig();
    await rig.endsWith('crash', 'crash', 'crash', 'crash', 'crash');
    rig.reporter.onHold({ reason: 'crash-loop', message: '5 crashes', until: '2026-01-01T00:15:00.000Z' });
    await rig.clock.settle();
    expect(rig.kinds).toEqual(['crash', 'held']);
    expect(rig.sent[1]?.leftOut).toEqual({ crash: 4 });
  });

  it('tells of the recovery from what ended an earlier supervisor', async () => {
    const rig = new ReporterRig();
    rig.reporter.resume(rig.ended('config', 'no token'));
    await rig.clock.advance(120_000);
    rig.reporter.onReady();
    await rig.clock.settle();
    expect(rig.sent).toMatchObject([{ kind: 'recovered', reason: 'It was down for 2 min.' }]);
    const other = new ReporterRig();
    other.reporter.resume(other.ended('stopped'));
    other.reporter.onReady();
    await other.clock.settle();
    expect(other.sent).toEqual([]);
  });

  it('does nothing while no channel is configured, and owes nothing when one is', async () => {
    const rig = new ReporterRig();
    rig.isConfigured = false;
    await rig.endsWith('crash');
    rig.isConfigured = true; // by a reload
    rig.reporter.onReady();
    await rig.endsWith('crash');
    expect(rig.kinds).toEqual(['crash']);
    expect(rig.log.lines.map(({ event }) => event)).toEqual(['notify:sent']);
  });

  it('keeps the order although a channel is slow, and no caller waits', async () => {
    const rig = new ReporterRig();
    let answer = () => {};
    rig.send = () => new Promise((resolve) => (answer = resolve));
    await rig.endsWith('crash');
    rig.reporter.onReady();
    await rig.clock.settle();
    expect(rig.sent).toEqual([]);
    rig.send = async () => {};
    answer();
    await rig.clock.settle();
    expect(rig.kinds).toEqual(['crash', 'recovered']);
  });

  it('only logs what fails, and keeps secrets out of what it tells', async () => {
    const rig = new ReporterRig();
    rig.send = async () => {
      throw new Error('no route');
    };
    await rig.endsWith('crash');
    expect(rig.log.lines.map(({ event, level }) => [event, level])).toEqual([
      ['notify:failed', 40],
      ['notify:all-failed', 40],
    ]);
    expect(rig.log.text).toContain('All notification channels failed');
    rig.send = async () => {};
    rig.reporter.onRunEnded(rig.ended('hang', 'it hung in the-secret'));
    await rig.clock.settle();
    expect(rig.sent.map(({ reason }) => reason)).toEqual(['it hung in [redacted]']);
  });

  it('waits 3 s for the rest when it is closed, then gives it up', async () => {
    const rig = new ReporterRig();
    let isGivenUp = false;
    rig.send = (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          isGivenUp = true;
          reject(signal.reason);
        });
      });
    await rig.endsWith('crash', 'hang');
    let isClosed = false;
    const closed = rig.reporter.close().then(() => {
      isClosed = true;
    });
    await rig.clock.advance(2_999);
    expect([isClosed, isGivenUp]).toEqual([false, false]);
    await rig.clock.advance(1);
    await closed;
    expect(isGivenUp).toBe(true);
    expect(rig.log.all('notify:given-up')).toMatchObject([{ waiting: 2 }]);
    expect(rig.clock.pending).toBe(0);
  });
});
