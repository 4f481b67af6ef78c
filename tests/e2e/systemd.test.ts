import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { WebSocket } from 'ws';
import { parseInspectorAddress } from '../../supervisor/worker/hang-stack.js';
import { eventually } from '../support/processes.js';
import { SystemdTux } from '../support/systemd-tux.js';

const UNIT = '/etc/systemd/system/tux.service';
/** What `systemd-analyze security` may find at most, of 10: version 252 says 1.5, and others look at a little more or less. */
const MAX_EXPOSURE = 1.7;
/** Of the test's own unit: long enough for a supervisor to begin on a busy machine, and shorter than Tux takes then. */
const START_TIMEOUT_MS = 4_000;
const MEMORY_MAX_BYTES = 1024 ** 3;
/** For how long a supervisor may be silent: long, so that none is ended because the machine is busy, but where this is tried. */
const WATCHDOG = { long: 'WatchdogSec=20s', short: 'WatchdogSec=3s' } as const;
const CHANGES = [
  `TimeoutStartSec=${START_TIMEOUT_MS}ms`,
  'RestartSec=100ms',
  `MemoryMax=${MEMORY_MAX_BYTES}`,
  'MemorySwapMax=0',
] as const;
/** Ten seconds of silence make a hang, so that none is seen where a busy machine is slow. */
/** Without a standby: what is tried here ends one worker, and the drill has one. */
const settings = { TUX_HEARTBEAT_INTERVAL_MS: '200', TUX_HEARTBEAT_MISSES: '50', TUX_STANDBY: 'off' };

let tux: SystemdTux;

beforeAll(async () => {
  tux = await SystemdTux.create();
});
beforeEach(() => {
  onTestFailed(async () => console.error((await tux.machine.run('journalctl', '--no-pager', '--lines', '80')).output));
});
afterAll(() => tux?.dispose());

/** In the machine. */
async function mainPid(): Promise<string> {
  return tux.machine.show('tux', 'MainPID');
}

async function workerPid(): Promise<string> {
  const { worker } = await tux.client.status();
  if (!worker) throw new Error('no worker');
  return String(worker.pid);
}

function restartCount(): Promise<string> {
  return tux.machine.show('tux', 'NRestarts');
}

/** Waits until there is another worker, and Tux serves. */
async function replaced(oldWorker: string): Promise<void> {
  await eventually(
    'another worker is ready',
    async () => {
      const status = await tux.client.status().catch(() => null); // no supervisor for a moment
      return status?.ready === true && String(status.worker?.pid) !== oldWorker;
    },
    40_000,
  );
}

/** Exactly one supervisor and one worker, and never two bots at Discord. */
async function expectOneBot(): Promise<void> {
  const present = [await mainPid(), await workerPid()].sort().join();
  // A systemd-notify may be there for a moment.
  await eventually('supervisor and worker are alone', async () => {
    return (await tux.machine.pidsOf('tux')).map(String).sort().join() === present;
  });
  expect(tux.sandbox.recorder.counters.maxLiveSessions).toBe(1);
}

/**
 * Lets the worker run `body` by way of the inspector that Node opens on SIGUSR1, a moment after that is left alone again: a
 * process that is out of memory while the inspector comes or goes can die of another signal than the one of the OOM killer.
 */
async function runInWorker(body: string): Promise<void> {
  const seen = (await tux.machine.journal('tux')).length;
  await tux.machine.must('kill', '-USR1', await workerPid());
  let address: string | undefined;
  await eventually('the inspector listens', async () => {
    const entries = (await tux.machine.journal('tux')).slice(seen);
    address = entries.map(({ MESSAGE }) => parseInspectorAddress(MESSAGE)).find((one) => one !== undefined);
    return address !== undefined;
  });
  const inspector = new WebSocket(address ?? '');
  await new Promise((resolve, reject) => inspector.once('open', resolve).once('error', reject));
  const params = { expression: `setTimeout(${body}, 300)` };
  const request = JSON.stringify({ id: 1, method: 'Runtime.evaluate', params });
  await new Promise<void>((resolve, reject) => inspector.send(request, (error) => (error ? reject(error) : resolve())));
  inspector.close();
  await once(inspector, 'close');
}

// One machine for all of them, in this order: each begins with what the one before it left.
describe('under a real systemd', () => {
  it('is installed by a unit that systemd accepts and rates well', async () => {
    const { machine } = tux;
    const refused = await tux.command('systemd', 'install');
    expect(refused).toMatchObject({ code: 78, output: expect.stringContaining('there is no user tux: ') });
    const [makeUser = ''] = /useradd .*/.exec(refused.output) ?? [];
    await machine.must('sh', '-c', makeUser);
    expect(await tux.command('systemd', 'install')).toMatchObject({
      code: 0,
      output: expect.stringMatching(
        /^✅ Wrote .*\n.*\n +install -D .*\n +systemctl daemon-reload\n +systemctl enable --now tux\n/,
      ),
    });
    expect(await machine.run('systemd-analyze', 'verify', UNIT)).toMatchObject({ code: 0, output: '' });
    const analysis = await machine.must('systemd-analyze', 'security', '--offline=true', UNIT);
    expect(Number(/exposure level for tux.service: ([\d.]+)/.exec(analysis)?.[1])).toBeLessThanOrEqual(MAX_EXPOSURE);
    expect((await tux.command('systemd', 'install')).output).toMatch(/^✅ .* is up to date\n/);
    const other = await tux.command('systemd', 'install', '--log-dir', '/var/log/other');
    expect(other).toMatchObject({ code: 1, output: expect.stringContaining('--force') });
    expect(await machine.must('stat', '--format=%U %a', UNIT)).toBe('root 644');
  });

  it('is active only when Tux is ready, and gets the time that this takes', async () => {
    const { machine, sandbox } = tux;
    await tux.configure(settings);
    await tux.adapt(...CHANGES, WATCHDOG.long);
    sandbox.faults.holdReady();
    const startedAt = performance.now();
    await machine.must('systemctl', 'enable', '--now', '--no-block', 'tux');
    await machine.untilUnit('tux', { ActiveState: 'activating', StatusText: /^Starting Tux: .*gateway/i });
    await sleep(startedAt + START_TIMEOUT_MS + 500 - performance.now()); // that nothing happens is what is waited for
    expect(await machine.show('tux', 'ActiveState')).toBe('activating');
    sandbox.faults.holdReady(false);
    await machine.untilUnit('tux', { ActiveState: 'active', StatusText: 'Serving 1 guild', NRestarts: '0' });
    expect((await tux.ask('$ping')).content).toMatch(/Pong/);
    await expectOneBot();
  });

  it('answers its operators, as root and as its user', async () => {
    const status = ['status', '--state-dir', '/var/lib/tux'];
    const answer = { code: 0, output: expect.stringMatching(/RUNNING, ready/) };
    expect(await tux.command(...status)).toMatchObject(answer);
    expect(await tux.commandAsUser(...status)).toMatchObject(answer);
  });

  it('is reloaded, and says so when the settings are wrong', async () => {
    const { machine } = tux;
    await machine.must('systemd-analyze', 'log-level', 'debug'); // then it tells what it is told
    await tux.configure({ ...settings, TUX_PREFIX: '!' });
    await machine.must('systemctl', 'reload', 'tux');
    const told = /notification message.*RELOADING=1, MONOTONIC_USEC=\d+[\s\S]*notification message.*READY=1/;
    // The reload does not wait for that.
    await eventually('systemd is told of the reload', async () => {
      return told.test((await machine.journal('tux')).map(({ MESSAGE }) => MESSAGE).join('\n'));
    });
    await machine.must('systemd-analyze', 'log-level', 'info');
    expect((await tux.ask('!ping')).content).toMatch(/Pong/);
    await tux.configure({ ...settings, LOG_LEVEL: 'loud' });
    expect(await machine.run('systemctl', 'reload', 'tux')).toMatchObject({ code: 1 });
    await machine.untilUnit('tux', { ActiveState: 'active', SubState: 'running' });
    expect((await tux.ask('!ping')).content).toMatch(/Pong/);
  });

  it('writes lines into the journal that people can read, with their priority', async () => {
    const entries = (await tux.machine.journal('tux')).filter(({ SYSLOG_IDENTIFIER }) => SYSLOG_IDENTIFIER === 'tux');
    const priorityOf = (text: RegExp) => entries.find(({ MESSAGE }) => text.test(MESSAGE))?.PRIORITY;
    expect(priorityOf(/^✅ Tux is ready after /)).toBe('6');
    expect(priorityOf(/^❌ Not reloaded, .*LOG_LEVEL/)).toBe('3');
    expect(entries.filter(({ MESSAGE }) => /^[{<]/.test(MESSAGE) || MESSAGE.includes('\u001b'))).toEqual([]);
  });

  it('explains a hang under all the hardening, and is started again when it gives up with 75', async () => {
    const { machine } = tux;
    await tux.configure({ ...settings, TUX_HEARTBEAT_MISSES: '5', TUX_MAX_CRASHES: '1' });
    await machine.must('systemctl', 'reload', 'tux');
    await tux.configure(settings); // for the next supervisor
    const [worker, supervisor, restarts] = [await workerPid(), await mainPid(), await restartCount()];
    await runInWorker('function hangForThisTest() { for (;;); }');
    await machine.untilUnit('tux', { ActiveState: 'active', NRestarts: String(Number(restarts) + 1) });
    await replaced(worker);
    expect(await mainPid()).not.toBe(supervisor);
    const reports = machine.path('/var/log/tux/reports');
    const [report = ''] = await readdir(reports);
    expect(JSON.parse(await readFile(`${reports}/${report}`, 'utf8')).stack[0]).toContain('at hangForThisTest');
  });

  it('stays up when the kernel ends its worker for want of memory', async () => {
    const [worker, supervisor, restarts] = [await workerPid(), await mainPid(), await restartCount()];
    const isLimited = /^\d+$/.test(await tux.machine.show('tux', 'MemoryCurrent'));
    if (isLimited) {
      const rounds = (2 * MEMORY_MAX_BYTES) / 64e6;
      await runInWorker(`() => { for (const all = []; all.length < ${rounds}; ) all.push(Buffer.alloc(64e6, 1)); }`);
    } else {
      // In a container that may not limit memory the kernel's OOM killer cannot be made to act: this is what it does.
      await tux.machine.must('kill', '-KILL', worker);
    }
    await replaced(worker);
    expect([await mainPid(), await restartCount()]).toEqual([supervisor, restarts]);
    expect(await tux.endOf(worker)).toMatchObject({ class: 'crash', signal: 'SIGKILL' });
    if (isLimited) expect(await oomKills()).toBe(1);
    await expectOneBot();
  });

  it('is started again after a kill -9 of its supervisor, and the worker does not outlive it', async () => {
    const { machine } = tux;
    const [worker, supervisor, restarts] = [await workerPid(), await mainPid(), await restartCount()];
    await tux.adapt(...CHANGES, WATCHDOG.short); // holds for the next supervisor, and is for the test after this one
    await machine.must('kill', '-KILL', supervisor);
    await machine.untilUnit('tux', { ActiveState: 'active', NRestarts: String(Number(restarts) + 1) });
    await replaced(worker);
    await expectOneBot();
  });

  it('is started again by the watchdog when its supervisor stands still', async () => {
    const { machine } = tux;
    const [worker, supervisor, restarts] = [await workerPid(), await mainPid(), await restartCount()];
    await machine.must('kill', '-STOP', supervisor);
    await tux.adapt(...CHANGES, WATCHDOG.long);
    await machine.untilUnit('tux', { ActiveState: 'active', NRestarts: String(Number(restarts) + 1) });
    await replaced(worker);
    const messages = (await machine.journal('tux')).map(({ MESSAGE }) => MESSAGE);
    expect(messages).toContain("tux.service: Failed with result 'watchdog'.");
    await expectOneBot();
  });

  it('stops within its time even when the worker does not, and leaves nothing behind', async () => {
    const { machine } = tux;
    await tux.configure({ ...settings, TUX_STOP_TIMEOUT_MS: '500' });
    await machine.must('systemctl', 'reload', 'tux');
    await machine.must('kill', '-STOP', await workerPid());
    await machine.must('systemctl', 'stop', 'tux');
    await machine.untilUnit('tux', { ActiveState: 'inactive', Result: 'success', ExecMainStatus: '0' });
    expect(await machine.pidsOf('tux')).toEqual([]);
    expect((await machine.run('pgrep', '-u', 'tux')).output).toBe('');
    expect(await machine.show('tux', 'StatusText')).toBe('Stopping: SIGTERM');
  });

  it('is not started again when only a human can help', async () => {
    const { machine } = tux;
    await tux.configure({ ...settings, DISCORD_TOKEN: '' });
    expect(await machine.run('systemctl', 'start', 'tux')).toMatchObject({ code: 1 });
    await machine.untilUnit('tux', { ActiveState: 'failed', SubState: 'failed', ExecMainStatus: '78', NRestarts: '0' });
  });

  it('stays down when it was stopped before it was ready', async () => {
    const { machine, sandbox } = tux;
    await tux.configure(settings);
    sandbox.faults.holdHello();
    await machine.must('systemctl', 'start', '--no-block', 'tux');
    await machine.untilUnit('tux', { ActiveState: 'activating', StatusText: /gateway/i });
    expect(await tux.command('stop', '--state-dir', '/var/lib/tux')).toMatchObject({ code: 0 });
    await machine.untilUnit('tux', { ActiveState: 'inactive', Result: 'success', NRestarts: '0' });
    sandbox.faults.holdHello(false);
  });

  it('is back after a reboot, with what it knew before', async () => {
    const { machine } = tux;
    const before = (await tux.history()).length;
    await machine.reboot();
    await machine.untilUnit('tux', { ActiveState: 'active', StatusText: 'Serving 1 guild' });
    expect((await tux.ask('$ping')).content).toMatch(/Pong/);
    await machine.must('systemctl', 'stop', 'tux');
    const history = await tux.history();
    expect(history.length).toBe(before + 1);
    expect(history.at(-1)).toMatchObject({ class: 'stopped', code: 0 });
    expect(await machine.pidsOf('tux')).toEqual([]);
    expect(tux.sandbox.recorder.counters.maxLiveSessions).toBe(1);
  });
});

/** How often the kernel's OOM killer acted in the unit's control group. */
async function oomKills(): Promise<number> {
  const { machine } = tux;
  const group = await machine.show('tux', 'ControlGroup');
  const files = [`/sys/fs/cgroup${group}/memory.events`, `/sys/fs/cgroup/memory${group}/memory.oom_control`];
  const { stdout } = await machine.run('sh', '-c', `cat ${files.join(' ')} 2>/dev/null`);
  return Number(/^oom_kill (\d+)$/m.exec(stdout)?.[1]);
}
