import { spawn } from 'node:child_process';
import { existsSync, linkSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { connect, createServer, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DeployResult } from '../../../shared/control/deploy-result.js';
import type { ReloadResult } from '../../../shared/control/reload-result.js';
import type { Status } from '../../../shared/control/status.js';
import { SupervisorClient } from '../../../shared/control/supervisor-client.js';
import { TuxError } from '../../../shared/errors.js';
import { socketPath } from '../../../shared/paths.js';
import { describeThisProcess, readProcStat } from '../../../shared/process-identity.js';
import type { Controllable } from '../../../supervisor/control/routes.js';
import { type ControlServer, listenForControl } from '../../../supervisor/control/server.js';
import { fakeDetails, fakeStatus } from '../../support/fake-status.js';

let folder: string;
let socketFile: string;
let asked: unknown[];
let target: Controllable;
let server: ControlServer;
const reloaded: ReloadResult = {
  changes: [{ name: 'TUX_PREFIX', from: '$', to: '!', takesEffect: 'now' }],
  workerReloaded: true,
};
const build = { root: '/opt/tux/v2', version: '2.0.0', fingerprint: 'b2' };
const deployed: DeployResult = {
  outcome: 'deployed',
  build,
  previous: null,
  problems: [],
  preflightMs: 1,
  swapMs: 2,
  runId: 'RUN-2',
  pid: 4712,
};
const closers: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-control-'));
  socketFile = socketPath(folder, 'control.sock');
  asked = [];
  target = {
    freshStatus: async () => fakeStatus({ stateDir: folder }),
    requestStop: (stop) => void asked.push(stop),
    requestRestart: async (restart) => {
      asked.push(restart);
      return { runId: 'RUN-2', pid: 4712, tookMs: 12, deployed: null };
    },
    requestDeploy: async (deploy) => {
      asked.push(deploy);
      return deployed;
    },
    requestReload: async () => reloaded,
    workerDetails: async () => JSON.stringify(fakeDetails()),
    metrics: async () => 'tux_worker_up 1\n',
  };
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0)) await close();
  await rm(folder, { recursive: true });
});

async function listen(file = socketFile): Promise<ControlServer> {
  server = await listenForControl(file, target);
  closers.push(() => server.close());
  return server;
}

/** What curl would get. */
function call(method: string, path: string, body?: string): Promise<{ status: number; json: unknown }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: socketFile, method, path }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, json: JSON.parse(text) }));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

describe('the control socket', () => {
  it('is for the owner only, and leaves nothing else in the folder', async () => {
    await listen();
    expect(statSync(socketFile).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['control.sock']);
  });

  it('takes the place of one that a killed supervisor left behind', async () => {
    await bindAndAbandon(socketFile);
    await listen();
    expect((await call('GET', '/status')).json).toMatchObject({ state: 'RUNNING' });
  });

  it('takes the place of a plain file, too', async () => {
    writeFileSync(socketFile, 'not a socket');
    await listen();
    expect((await call('GET', '/status')).status).toBe(200);
  });

  it('is gone once it is closed, unless it is a successor’s by then', async () => {
    const first = await listen();
    await first.close();
    expect(existsSync(socketFile)).toBe(false);
    const second = await listen();
    const third = await listen();
    await second.close();
    expect((await call('GET', '/status')).status).toBe(200);
    await third.close();
    expect(existsSync(socketFile)).toBe(false);
  });

  it('moves to a private folder when the state folder is too deep for a socket', async () => {
    const deep = join(folder, 'd'.repeat(120));
    const file = socketPath(deep, 'control.sock');
    expect(Buffer.byteLength(file)).toBeLessThanOrEqual(107);
    await listen(file);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    vi.stubEnv('XDG_RUNTIME_DIR', folder); // as in another shell
    expect((await new SupervisorClient(deep).status()).stateDir).toBe(folder);
    await server.close();
    rmdirSync(dirname(file));
  });

  it('closes although a client keeps its connection open and says nothing', async () => {
    await listen();
    const idle = connect(socketFile);
    await new Promise((resolve) => idle.once('connect', resolve));
    const ended = new Promise((resolve) => idle.once('close', resolve));
    await server.close();
    await ended;
  });

  it('survives connections that cannot be accepted', async () => {
    const listening = vi.spyOn(Server.prototype, 'listen');
    await listen();
    const [socket] = listening.mock.contexts as Server[];
    for (const _ of [1, 2]) socket?.emit('error', new Error('accept EMFILE')); // as Node does, see `onconnection` in its net.js
    expect(await new SupervisorClient(folder).status()).toMatchObject({ stateDir: folder });
  });

  it('passes on what the worker says of itself, and that it says nothing', async () => {
    await listen();
    expect(await new SupervisorClient(folder).workerDetails()).toEqual(fakeDetails());
    target.workerDetails = async () => {
      throw new TuxError('TUX_BOT_SILENT', 'The bot does not answer', { exitCode: 69 });
    };
    await expect(new SupervisorClient(folder).workerDetails()).rejects.toMatchObject({
      code: 'TUX_BOT_SILENT',
      exitCode: 69,
    });
  });

  it('gives the metrics as Prometheus wants them', async () => {
    await listen();
    const answer = await new Promise<IncomingMessage>((resolve) => {
      request({ socketPath: socketFile, path: '/metrics' }, resolve).end();
    });
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await readText(answer)).toBe('tux_worker_up 1\n');
  });

  it('lets the answer through to who still waits when it closes', async () => {
    let fail: (reason: Error) => void = () => {};
    const begun = new Promise<void>((resolve) => {
      target.requestRestart = () => {
        resolve();
        return new Promise((_, reject) => {
          fail = reject;
        });
      };
    });
    await listen();
    const answer = new SupervisorClient(folder).restart({ by: 'test', force: false });
    const outcome = expect(answer).rejects.toMatchObject({ code: 'TUX_CLOSING' });
    await begun;
    const closed = server.close();
    fail(new TuxError('TUX_CLOSING', 'tux-supervisor was stopped'));
    await outcome;
    await closed;
  });
});

describe('what can be asked over it', () => {
  beforeEach(() => listen());

  it('is the status', async () => {
    expect(await call('GET', '/status')).toEqual({ status: 200, json: fakeStatus({ stateDir: folder }) });
  });

  it('is a stop, which is accepted before it is done', async () => {
    expect(await call('POST', '/stop', '{"by":"me","now":true}')).toEqual({ status: 202, json: { accepted: true } });
    expect(asked).toEqual([{ by: 'me', now: true }]);
  });

  it('is a deploy', async () => {
    expect(await call('POST', '/deploy', '{"root":"/opt/tux/v2"}')).toEqual({ status: 200, json: deployed });
    expect(await call('POST', '/deploy')).toEqual({ status: 200, json: deployed });
    const common = { by: 'the control socket', force: false };
    expect(asked).toEqual([
      { ...common, root: '/opt/tux/v2' },
      { ...common, root: null },
    ]);
  });

  it('is a restart', async () => {
    const answer = await call('POST', '/restart', '{"force":true}');
    expect(answer).toEqual({ status: 200, json: { runId: 'RUN-2', pid: 4712, tookMs: 12, deployed: null } });
    expect(asked).toEqual([{ by: 'the control socket', force: true }]);
  });

  it('is a reload', async () => {
    expect(await call('POST', '/reload')).toEqual({ status: 200, json: reloaded });
    expect(await new SupervisorClient(folder).reload()).toEqual(reloaded);
  });

  it.each(['', '{}'])('may go without any words (%j)', async (body) => {
    expect((await call('POST', '/stop', body)).status).toBe(202);
    expect(asked).toEqual([{ by: 'the control socket', now: false }]);
  });

  it.each([
    ['torn JSON', '{"by":'],
    ['no JSON', 'now please'],
    ['a wrong type', '{"now":"yes"}'],
    ['no object', '[]'],
    ['null', 'null'],
  ])('is refused with 400 when it is %s, and nothing happens', async (_what, body) => {
    for (const path of ['/stop', '/restart']) {
      const answer = await call('POST', path, body === '{"now":"yes"}' && path === '/restart' ? '{"force":1}' : body);
      expect(answer).toMatchObject({ status: 400, json: { error: { code: 'TUX_CONTROL' } } });
    }
    expect(asked).toEqual([]);
  });

  it.each([
    ['GET', '/'],
    ['GET', '/stop'],
    ['POST', '/status'],
    ['DELETE', '/restart'],
  ])('is not %s %s', async (method, path) => {
    expect(await call(method, path)).toMatchObject({ status: 404, json: { error: { code: 'TUX_NO_ROUTE' } } });
  });
});

describe('SupervisorClient', () => {
  const client = () => new SupervisorClient(folder);

  it('hands on what was refused, with its code and what to do', async () => {
    target.requestRestart = async () => {
      throw new TuxError('TUX_HELD', 'Restarts are held', { exitCode: 1, hint: 'use --force' });
    };
    await listen();
    await expect(client().restart({ by: 'test', force: false })).rejects.toMatchObject({
      code: 'TUX_HELD',
      message: 'Restarts are held — use --force',
      exitCode: 1,
    });
  });

  it('has the exit code of the error', async () => {
    target.requestRestart = async () => {
      throw new TuxError('TUX_ENDED', 'Tux ended: bad token', { exitCode: 78 });
    };
    await listen();
    await expect(client().restart({ by: 'test', force: false })).rejects.toMatchObject({ exitCode: 78 });
  });

  it('survives a bug on the other side', async () => {
    target.freshStatus = () => {
      throw new TypeError('a bug');
    };
    await listen();
    await expect(client().status()).rejects.toMatchObject({ code: 'TUX_CONTROL', exitCode: 1 });
  });

  it.each([
    ['no socket', async () => {}],
    ['a socket that nobody listens on', () => bindAndAbandon(socketFile)],
    ['a plain file', async () => writeFileSync(socketFile, '')],
    ['no state folder', async () => void (await rm(folder, { recursive: true }))],
  ])('says that nothing runs when there is %s', async (_what, prepare) => {
    await prepare();
    await expect(client().status()).rejects.toMatchObject({ code: 'TUX_NOT_RUNNING', exitCode: 1 });
    await expect(client().stop({ by: 'test', now: false })).rejects.toMatchObject({ code: 'TUX_NOT_RUNNING' });
    await mkdir(folder, { recursive: true });
  });

  it('says so when the supervisor ends before it answers', async () => {
    const rude = createServer((socket) => socket.once('data', () => socket.destroy()));
    await new Promise<void>((resolve) => rude.listen(socketFile, resolve));
    closers.push(() => closeServer(rude));
    await expect(client().status()).rejects.toMatchObject({
      code: 'TUX_NOT_RUNNING',
      message: 'tux-supervisor ended before it answered',
    });
  });

  it('tells one that starts or stops, and has no socket for a moment, from none', async () => {
    writeFileSync(join(folder, 'supervisor.lock'), JSON.stringify(describeThisProcess()));
    await expect(client().status()).rejects.toMatchObject({
      code: 'TUX_NOT_LISTENING',
      exitCode: 1,
      message: expect.stringMatching(
        /^tux-supervisor \(pid \d+ on .*\) is starting or stopping: there is no .*control\.sock$/,
      ),
    });
    await bindAndAbandon(socketFile);
    await expect(client().status()).rejects.toMatchObject({ message: expect.stringContaining('nobody listens at') });
  });

  it('names one that is paused within seconds, also to who waits for a restart', async () => {
    const sleeper = spawn('sleep', ['60']);
    closers.push(async () => sleeper.kill('SIGKILL'));
    sleeper.kill('SIGSTOP');
    await expect.poll(() => readProcStat(sleeper.pid ?? 0)?.state).toBe('T');
    const owner = {
      ...describeThisProcess(),
      pid: sleeper.pid,
      startTicks: readProcStat(sleeper.pid ?? 0)?.startTicks,
    };
    writeFileSync(join(folder, 'supervisor.lock'), JSON.stringify(owner));
    const mute = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => mute.listen(socketFile, resolve));
    closers.push(() => closeServer(mute));
    const askedAt = performance.now();
    const paused = { code: 'TUX_NO_ANSWER', hint: expect.stringContaining(`kill -CONT ${sleeper.pid}`) };
    await Promise.all([
      expect(client().status()).rejects.toMatchObject(paused),
      expect(client().restart({ by: 'test', force: false })).rejects.toMatchObject(paused),
    ]);
    expect(performance.now() - askedAt).toBeLessThan(4_500); // one that is merely slow gets 5 s
  });

  it('gives up on one that is silent, although it is not paused', async () => {
    writeFileSync(join(folder, 'supervisor.lock'), JSON.stringify(describeThisProcess()));
    const mute = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => mute.listen(socketFile, resolve));
    closers.push(() => closeServer(mute));
    await expect(client().status()).rejects.toMatchObject({
      code: 'TUX_NO_ANSWER',
      message: `tux-supervisor (pid ${process.pid}) did not answer within 5 s`,
    });
  });

  it('says what is strange about the answer of another version', async () => {
    await listen();
    target.freshStatus = async () => ({ ...fakeStatus(), state: 'SLEEPING' }) as unknown as Status;
    await expect(client().status()).rejects.toMatchObject({
      code: 'TUX_STRANGE_ANSWER',
      exitCode: 1,
      message: expect.stringMatching(/^tux-supervisor answers like another version \(state: /),
    });
  });

  it('says so when it is not tux-supervisor that answers', async () => {
    const other = createServer((socket) => socket.resume().end('SSH-2.0-OpenSSH_9.6\r\n'));
    await new Promise<void>((resolve) => other.listen(socketFile, resolve));
    closers.push(() => closeServer(other));
    await expect(client().status()).rejects.toMatchObject({ code: 'TUX_NOT_RUNNING' });
  });
});

function closeServer(open: Server): Promise<void> {
  return new Promise((resolve) => open.close(() => resolve()));
}

/** A socket file of a process that was killed: it is there, and nobody answers. */
async function bindAndAbandon(file: string): Promise<void> {
  const abandoned = createServer();
  await new Promise<void>((resolve) => abandoned.listen(`${file}.tmp`, resolve));
  linkSync(`${file}.tmp`, file); // closing removes only the name it was bound to
  await closeServer(abandoned);
}
