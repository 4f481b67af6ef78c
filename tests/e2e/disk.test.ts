import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { socketPath } from '../../shared/paths.js';
import { makeEmbedded } from '../support/database-backends.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { Program, SUPERVISOR, TuxRig } from '../support/tux-rig.js';

let postgres: SharedPostgres;
let rig: TuxRig;
beforeAll(async () => {
  postgres = await SharedPostgres.join();
});
afterAll(() => postgres.leave());
afterEach(() => rig.dispose());

/** `start` for whom the mode of a folder counts: root has to give up the right to pass it by, see capabilities(7). */
function startWithoutPrivileges(): Program {
  if (process.getuid?.() !== 0) return rig.start();
  const capabilities = '-dac_override,-dac_read_search';
  const args = ['--bounding-set', capabilities, '--inh-caps', capabilities, process.execPath, SUPERVISOR, 'start'];
  return new Program(spawn('setpriv', args, { cwd: rig.folder, env: rig.env, stdio: ['ignore', 'pipe', 'pipe'] }));
}

describe('a full disk', () => {
  it('refuses what would not be durable, politely and wholly, and takes it again once there is room', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase(), TUX_DRAIN_TIMEOUT_MS: '0' });
    const killed = await rig.startReady();
    expect((await rig.ask('$queue add 3600 kept')).content).toMatch(/is queued/);
    fillDisk(killed.workerPid);
    expect((await rig.ask('$queue add 0 lost')).content).toMatch(/^❌ I could not write that down, so it is not done/);
    expect((await rig.ask('$remind 10m lost')).content).toMatch(/^❌ I could not write that down, so it is not done/);
    expect((await rig.ask('$queue list')).content).toMatch(/kept/);
    expect((await rig.ask('$queue list')).content).not.toMatch(/lost/);
    expect((await rig.ask('$ping')).content).toMatch(/Pong/);

    freeDisk(killed.workerPid);
    expect((await rig.ask('$queue add 3600 again')).content).toMatch(/is queued/);
    expect((await rig.ask('$remind 10m again')).content).toMatch(/I will remind you/);
    for (const pid of [killed.pid, killed.workerPid]) process.kill(pid, 'SIGKILL');
    await killed.ended;
    const expectTheSame = async () => {
      const jobs = (await rig.ask('$queue list')).content;
      expect(jobs).toMatch(/kept[\s\S]*again/);
      expect(jobs).not.toMatch(/lost/);
      expect((await rig.ask('$remind list')).content).toMatch(/again/);
    };
    const stopped = await rig.startReady();
    await expectTheSame();

    // It does not keep Tux from stopping either, and costs nothing that was acknowledged. How the worker ended is written if there is room soon.
    fillDisk(stopped.workerPid);
    fillDisk(stopped.pid);
    stopped.kill('SIGTERM');
    await stopped.log.waitFor('history:write-failed');
    freeDisk(stopped.pid);
    expect(await stopped.ended).toEqual({ code: 0, signal: null });
    expect(stopped.log.all('shutdown:phase:failed').map(({ phase }) => phase)).toContain('last-shutdown');
    expect((await rig.history()).at(-1)).toMatchObject({ class: 'stopped', reason: 'SIGTERM' });
    expect(rig.processes()).toEqual([]);
    await rig.startReady();
    await expectTheSame();
  });

  it('that Tux crashed on costs failed starts that name it, no IDENTIFY, until there is room', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
    const supervisor = await rig.startReady();
    const { log } = supervisor;
    rig.sandbox.faults.dropResume(); // so that a start costs an IDENTIFY
    fillDisk(supervisor.pid); // and with it all workers to come
    process.kill(supervisor.workerPid, 'SIGKILL');
    const failed = await log.waitFor('worker:ended', (line) => line.class === 'failed-start');
    expect(failed).toMatchObject({ code: 74, msg: expect.stringMatching(/Cannot write .*bot\.lock \(EFBIG\) — /) });
    expect(log.all('history:write-failed')).not.toEqual([]);
    expect(rig.sandbox.recorder.counters.identifies).toBe(1);
    freeDisk(supervisor.pid);
    await supervisor.ready(log.lines.length);
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 2, maxLiveSessions: 1 });
  });

  it('holds back the IDENTIFY that cannot be written down, and says so', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
    const supervisor = await rig.startReady();
    const { log } = supervisor;
    rmSync(rig.paths.identifyLedger);
    mkdirSync(rig.paths.identifyLedger); // this file alone cannot be replaced
    rig.sandbox.faults.dropResume();
    process.kill(supervisor.workerPid, 'SIGKILL');
    const failed = await log.waitFor('worker:ended', (line) => line.class === 'failed-start');
    expect(failed).toMatchObject({
      code: 69,
      msg: expect.stringMatching(/an IDENTIFY must be written down first: Cannot/),
    });
    expect(rig.sandbox.recorder.counters.identifies).toBe(1);
    rmdirSync(rig.paths.identifyLedger);
    await supervisor.ready(log.lines.length);
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 2, maxLiveSessions: 1 });
    expect((await rig.readState(rig.paths.identifyLedger)).identifies).toHaveLength(3); // the doubtful one counts, too
  });

  it('costs log lines, not the bot', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
    mkdirSync(rig.paths.logDir, { recursive: true });
    for (const file of [rig.paths.log, rig.paths.crashLog]) symlinkSync('/dev/full', file);
    const supervisor = await rig.startReady();
    expect((await rig.ask('$ping')).content).toMatch(/Pong/);
    process.kill(supervisor.workerPid, 'SIGKILL');
    await supervisor.ready(supervisor.log.lines.length);
    expect((await rig.history()).at(-1)).toMatchObject({ class: 'crash', signal: 'SIGKILL' });
    expect(supervisor.log.all('log:write-failed')).toMatchObject([{ msg: expect.stringContaining('ENOSPC') }]);
    rmSync(rig.paths.log); // there is room again
    supervisor.kill('SIGTERM');
    expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    const [first = '', ...rest] = readFileSync(rig.paths.log, 'utf8').trimEnd().split('\n');
    const aboutTheLog = 2;
    const lost = supervisor.log.lines.length - rest.length - aboutTheLog;
    expect(lost).toBeGreaterThan(0);
    expect(JSON.parse(first)).toMatchObject({ event: 'log:lines-lost', lost });
  });

  it('at the start is refused with 74 and a clear message, and nothing is left half started', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
    const fill = join(rig.folder, 'fill.mjs');
    writeFileSync(
      fill,
      `import { execFileSync } from 'node:child_process';\nexecFileSync('prlimit', ['--fsize=0:', '--pid', String(process.pid)]);\n`,
    );
    const supervisor = rig.start({ NODE_OPTIONS: `--import=${fill}` });
    expect(await supervisor.ended).toEqual({ code: 74, signal: null });
    expect(supervisor.log.lines.at(-1)?.msg).toMatch(/^❌ Cannot write .*supervisor\.lock \(EFBIG\) — raise the limit/);
    expect(supervisor.log.all('worker:started')).toEqual([]);
    expect(readdirSync(rig.paths.stateDir)).toEqual([]);
    expect(rig.processes()).toEqual([]);
  });
});

describe('a folder that cannot be written', () => {
  it('ends the start with 74 and names it: the state folder below a file', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
    const file = join(rig.folder, 'file');
    writeFileSync(file, '');
    const supervisor = rig.start({}, ['--state-dir', join(file, 'state')]);
    expect(await supervisor.ended).toEqual({ code: 74, signal: null });
    expect(supervisor.log.text).toMatch(/❌ Cannot write .*file\/state \(ENOTDIR\) — .*TUX_STATE_DIR/);
    expect(supervisor.log.all('worker:started')).toEqual([]);
  });

  it('ends the start with 74 and names it: the log folder below a file', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
    const file = join(rig.folder, 'file');
    writeFileSync(file, '');
    const supervisor = rig.start({ TUX_LOG_DIR: join(file, 'logs') });
    expect(await supervisor.ended).toEqual({ code: 74, signal: null });
    expect(supervisor.log.text).toMatch(/^❌ Cannot write .*file\/logs \(ENOTDIR\) — .*TUX_LOG_DIR/);
    expect(existsSync(rig.paths.stateDir)).toBe(false);
  });

  it('ends the start with 74 and names it: a state folder of mode 0500', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
    mkdirSync(rig.paths.stateDir);
    chmodSync(rig.paths.stateDir, 0o500);
    const supervisor = startWithoutPrivileges();
    expect(await supervisor.ended).toEqual({ code: 74, signal: null });
    expect(supervisor.log.text).toMatch(/❌ Cannot write .*\(EACCES\) — give the user that runs Tux write permission/);
  });
});

it('a history that cannot be read or written is reported, and keeps no bot down', async () => {
  rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
  mkdirSync(rig.paths.history, { recursive: true });
  const supervisor = await rig.startReady();
  expect(supervisor.log.all('history:read-failed').map(({ msg }) => msg)).toEqual([
    expect.stringMatching(/^❌ Cannot read .*history\.jsonl \(EISDIR\) — check the disk/),
  ]);
  process.kill(supervisor.workerPid, 'SIGKILL');
  await supervisor.ready(supervisor.log.lines.length);
  expect(supervisor.log.all('history:write-failed')).toHaveLength(1);
  expect((await rig.status()).lastExit).toMatchObject({ class: 'crash', signal: 'SIGKILL' });
  const { code, output } = await rig.supervisorCommand('history');
  expect({ code, output }).toEqual({ code: 74, output: expect.stringMatching(/^❌ Cannot read .*\(EISDIR\) — .*\n$/) });
  supervisor.kill('SIGTERM');
  expect(await supervisor.ended).toEqual({ code: 0, signal: null });
  expect(supervisor.log.all('disk:given-up')).toMatchObject([{ paths: [rig.paths.history] }]);
});

it('a state folder whose path is too long for a socket works as any other, embedded database included', async () => {
  rig = await TuxRig.create({ TUX_STATE_DIR: join('deep'.repeat(30), 'deeper'.repeat(30), 'state') });
  await makeEmbedded(rig.paths);
  const supervisor = await rig.startReady();
  expect((await rig.ask('$ping')).content).toMatch(/Database: \d+ ms/);
  rig.env.XDG_RUNTIME_DIR = rig.folder; // as in another shell
  const status = await rig.supervisorCommand('status', '--json');
  expect(JSON.parse(status.output)).toMatchObject({ state: 'RUNNING', stateDir: rig.paths.stateDir });
  expect((await rig.tuxCommand('db', 'health')).code).toBe(0);
  expect((await rig.supervisorCommand('restart')).code).toBe(0);
  expect((await rig.supervisorCommand('stop')).output).toMatch(/Stopped/);
  expect(await supervisor.ended).toEqual({ code: 0, signal: null });
  rmdirSync(dirname(socketPath(rig.paths.stateDir, 'control.sock'))); // and nothing is left in it
});

/** From now on every write of a process to a file fails, as on a full disk (but with EFBIG), without being root. */
function fillDisk(pid: number): void {
  execFileSync('prlimit', ['--fsize=0:', '--pid', String(pid)]);
}

function freeDisk(pid: number): void {
  execFileSync('prlimit', ['--fsize=unlimited:', '--pid', String(pid)]);
}
