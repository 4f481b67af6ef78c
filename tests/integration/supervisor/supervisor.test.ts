import { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../shared/clock.js';
import { LiveConfig } from '../../../shared/config/live-config.js';
import { TuxError } from '../../../shared/errors.js';
import type { ExitCode } from '../../../shared/exit-codes.js';
import { AUTOMATIC_RESERVE } from '../../../shared/identify-ledger.js';
import type { BuildChoice } from '../../../supervisor/deploy/build-choice.js';
import type { Deployer } from '../../../supervisor/deploy/deployer.js';
import type { Probation } from '../../../supervisor/deploy/probation.js';
import type { RunRecorder } from '../../../supervisor/history/run-recorder.js';
import { WriteBehind } from '../../../supervisor/history/write-behind.js';
import type { StandbyKeeper } from '../../../supervisor/standby/standby-keeper.js';
import type { ConfigReload } from '../../../supervisor/start/config-reload.js';
import { SupervisionObservers } from '../../../supervisor/supervision-observer.js';
import { Supervisor } from '../../../supervisor/supervisor.js';
import { eventually } from '../../support/processes.js';
import { RunRig } from '../../support/run-rig.js';

const PROGRAM = resolve(import.meta.dirname, '../../fixtures/children/obeys.mjs');
const STOP = { kind: 'signal', message: 'SIGTERM' } as const;

let rig: RunRig;
let supervisor: Supervisor;
let ended: Promise<ExitCode>;
let readyCount: () => number;
/** What stands for the end of a left-over worker. */
let clearTheWay: () => Promise<void>;

beforeEach(async () => {
  clearTheWay = async () => {};
  rig = await RunRig.create();
  const { config, state, sink, logger: log } = rig;
  const environment = { PATH: process.env.PATH ?? '', TUX_STATE_DIR: config.paths.stateDir };
  const nothing = async () => {};
  supervisor = new Supervisor({
    config: new LiveConfig(config),
    state,
    sink,
    log,
    clock: systemClock,
    events: new SupervisionObservers(log),
    behind: new WriteBehind(),
    random: () => 1,
    endLeftover: () => clearTheWay(),
    builds: { program: PROGRAM, noteSpawned: () => {} } as unknown as BuildChoice,
    reload: { forNextWorker: () => environment } as unknown as ConfigReload,
    recorder: { last: null, note: () => ({}), write: nothing } as unknown as RunRecorder,
    standby: { take: () => null, noteServing: () => {}, close: nothing } as unknown as StandbyKeeper,
    deployer: { noteReady: () => {}, close: nothing } as unknown as Deployer,
    probation: { noteEnd: async () => false, noteReady: nothing, close: nothing } as unknown as Probation,
  });
  readyCount = () => supervisor.readyCount;
});
afterEach(async () => {
  supervisor.stop(STOP);
  await ended;
  await rig.dispose();
});

async function start(): Promise<void> {
  ended = supervisor.run();
  await eventually('Tux is ready', () => readyCount() === 1);
}

/** From now on there are no descriptors left for a process: what Node does then, see `ChildProcess.prototype.spawn`. */
function runOutOfDescriptors() {
  return vi.spyOn(ChildProcess.prototype as unknown as { spawn(): number }, 'spawn').mockImplementation(function (
    this: ChildProcess,
  ) {
    process.nextTick(() => this.emit('error', Object.assign(new Error('spawn EMFILE'), { code: 'EMFILE' })));
    return -24;
  });
}

describe('the supervisor', () => {
  it('backs off when the worker of a forced restart cannot be started, like any other', async () => {
    await start();
    const spawn = runOutOfDescriptors();
    await expect(supervisor.restart('me', true)).rejects.toMatchObject({ code: 'TUX_START_FAILED' });
    await eventually('it waits', () => supervisor.pause?.kind === 'BACKOFF');
    expect(spawn).toHaveBeenCalledOnce();
    spawn.mockRestore();
    await eventually('Tux is ready again', () => readyCount() === 2);
  });

  it('does not forget that a restart was forced when somebody asks for another one meanwhile', async () => {
    await start();
    const limit = { total: 1_000, remaining: 100, reset_after: 3_600_000, max_concurrency: 1 };
    await rig.state.leaseIdentify(limit, AUTOMATIC_RESERVE); // less than a fifth: a restart that is not forced is held
    const both = [supervisor.restart('me', true), supervisor.restart('a schedule', false)];
    const [mine, other] = await Promise.all(both);
    expect(mine?.pid).toBe(other?.pid);
    expect(readyCount()).toBe(2);
  });

  it('starts nothing while a left-over does not end, and says so in its status', async () => {
    const stuck = new TuxError('TUX_LEFTOVER_STUCK', 'pid 4711 does not end', { exitCode: 73 });
    clearTheWay = async () => {
      throw stuck;
    };
    ended = supervisor.run();
    await eventually('it waits', () => supervisor.pause !== null);
    expect(supervisor.pause).toMatchObject({ kind: 'BACKOFF', reason: 'pid 4711 does not end' });
    await expect(supervisor.restart('me', false)).rejects.toBe(stuck); // which looks again at once
    expect([supervisor.worker, readyCount()]).toEqual([null, 0]);
    clearTheWay = async () => {};
    await supervisor.restart('me', false);
    expect(readyCount()).toBe(1);
  });

  it('stops while it waits for a left-over that does not end', async () => {
    clearTheWay = async () => {
      throw new TuxError('TUX_LEFTOVER_STUCK', 'pid 4711 does not end', { exitCode: 73 });
    };
    ended = supervisor.run();
    await eventually('it waits', () => supervisor.pause !== null);
    supervisor.stop(STOP);
    expect(await ended).toBe(0);
    expect(readyCount()).toBe(0);
  });

  it('refuses a restart once it stops: nobody would be left to answer', async () => {
    await start();
    supervisor.stop(STOP);
    await expect(supervisor.restart('me', false)).rejects.toMatchObject({ code: 'TUX_CLOSING' });
  });

  it('clears away what a worker that was killed had begun to write of its end', async () => {
    const { exitMarker, lastShutdown } = rig.config.paths;
    const begun = [`${exitMarker}.71234`, `${lastShutdown}.71234`];
    for (const path of begun) await writeFile(path, '{"schemaVersion":1,');
    await start();
    expect(begun.filter((path) => existsSync(path))).toEqual([]);
  });

  it('starts a worker also where the disk does not let go of the last exit marker', async () => {
    await mkdir(rig.config.paths.exitMarker); // cannot be unlinked
    await start();
    expect(rig.log.all('state:write-failed')).toHaveLength(1);
  });
});
