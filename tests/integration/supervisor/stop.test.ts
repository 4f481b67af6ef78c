import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lastShutdownFile } from '../../../shared/last-shutdown.js';
import { type Paths, resolvePaths, socketPath } from '../../../shared/paths.js';
import { describeThisProcess, readProcStat } from '../../../shared/process-identity.js';
import { stop } from '../../../supervisor/commands/stop.js';
import type { Controllable } from '../../../supervisor/control/routes.js';
import { type ControlServer, listenForControl } from '../../../supervisor/control/server.js';
import { RunHistory } from '../../../supervisor/history/run-history.js';
import { fakeRun } from '../../support/fake-run.js';

const request = { by: 'test', now: false };

let paths: Paths;
let child: ChildProcess;
let ended: Promise<unknown[]>;
let server: ControlServer | undefined;

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tux-stop-'));
  paths = resolvePaths({ stateDir: folder, logDir: folder });
  await startChild();
});

async function startChild(): Promise<void> {
  child = spawn('sleep', ['60']);
  ended = once(child, 'exit');
  await once(child, 'spawn');
}
afterEach(async () => {
  child.kill('SIGKILL');
  await server?.close();
  server = undefined;
  await rm(paths.stateDir, { recursive: true });
});

/** As if the child were the supervisor. */
function holdLock(): void {
  const { pid = 0 } = child;
  const owner = { ...describeThisProcess(), pid, startTicks: readProcStat(pid)?.startTicks ?? null };
  writeFileSync(paths.supervisorLock, JSON.stringify(owner));
}

async function listen(requestStop: () => void): Promise<void> {
  const target = { requestStop } as unknown as Controllable;
  server = await listenForControl(socketPath(paths.stateDir, 'control.sock'), target);
}

const account = {
  timestamp: '2026-01-01T00:00:00.000Z',
  reason: 'stop requested by test',
  signal: null,
  requestedBy: 'test',
  exitCode: 0,
  clean: true,
  uptimeMs: 1,
  pendingJobs: 0,
  tasks: { cancelled: 0, completed: 0, timedOut: [] },
  phases: [],
};
const endedRun = fakeRun({
  readyMs: null,
  code: 0,
  class: 'stopped',
  reason: 'stop requested by test',
  by: 'test',
});

describe('tux-supervisor stop', () => {
  it('waits until the supervisor is gone', async () => {
    holdLock();
    await listen(() => child.kill());
    expect(await stop(paths, request)).toMatchObject({ stopped: true, lastShutdown: null });
    expect(await ended).toEqual([null, 'SIGTERM']);
  });

  it('reaches one that has no socket yet, or none any more, by signal', async () => {
    holdLock();
    expect(await stop(paths, request)).toMatchObject({ stopped: true });
    expect(await ended).toEqual([null, 'SIGTERM']);
  });

  it('has done its work when the supervisor ends before it can answer', async () => {
    holdLock();
    const socket = socketPath(paths.stateDir, 'control.sock');
    const rude = createServer((connection) => {
      connection.once('data', () => {
        child.once('exit', () => connection.destroy());
        child.kill();
      });
    });
    await new Promise<void>((resolve) => rude.listen(socket, resolve));
    expect(await stop(paths, request)).toMatchObject({ stopped: true });
    await new Promise((resolve) => rude.close(resolve));
  });

  it('says that there is none', async () => {
    await expect(stop(paths, request)).rejects.toMatchObject({ code: 'TUX_NOT_RUNNING', exitCode: 1 });
  });

  it('tells the account of the run that it ended, and not that of an earlier one', async () => {
    const write = (runId: string) => lastShutdownFile(paths.lastShutdown, runId).save({ ...account, runId });
    const history = new RunHistory(paths.history);
    await write('RUN-1');
    await history.append({ ...endedRun, runId: 'RUN-1' });
    holdLock();
    await listen(() => {
      void history.append({ ...endedRun, runId: 'RUN-2', signal: 'SIGKILL', code: null }).then(() => child.kill());
    });
    expect((await stop(paths, request)).lastShutdown).toBeNull();
    await write('RUN-2');
    await startChild();
    holdLock();
    await server?.close();
    await listen(() => child.kill());
    expect((await stop(paths, request)).lastShutdown).toMatchObject({ runId: 'RUN-2' });
  });
});
