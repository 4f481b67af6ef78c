import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_IDS } from '../../sandbox/index.js';
import { eventually } from '../support/processes.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { BOT, type Program, TuxRig } from '../support/tux-rig.js';

/** One supervised Tux for all but the last test; its owner is not in the environment, which wins over `.env`. */
let postgres: SharedPostgres;
let rig: TuxRig;
let supervisor: Program;
beforeAll(async () => {
  postgres = await SharedPostgres.join();
  await createRig();
  supervisor = await rig.startReady();
});
afterAll(async () => {
  await rig.dispose();
  await postgres.leave();
});

async function createRig(): Promise<void> {
  rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
  delete rig.env.TUX_OWNER_IDS;
  writeSettings({});
}

function writeSettings(settings: Record<string, string>): void {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  writeFileSync(join(rig.folder, '.env'), `${lines.join('\n')}\n`);
}

/** Reloads in the way under test, and waits until it is done. */
const ways: [string, (program: Program) => Promise<unknown>][] = [
  ['tux-supervisor reload', () => rig.supervisorCommand('reload')],
  ['SIGHUP', (program) => bySignal(program, 'SIGHUP')],
  ['SIGUSR2', (program) => bySignal(program, 'SIGUSR2')],
];

function bySignal(program: Program, signal: NodeJS.Signals): Promise<unknown> {
  const from = program.log.lines.length;
  program.kill(signal);
  return program.log.waitFor('config:reloaded', () => true, { from });
}

describe('a reload', () => {
  it('keeps everything as it was when a setting is wrong, and says all that is wrong', async () => {
    writeSettings({ TUX_PREFIX: '!', LOG_LEVEL: 'loud', SENTRY_DSN: 'hunter2', TUX_DRAIN_TIMEOUT_MS: 'soon' });
    const { code, output } = await rig.supervisorCommand('reload');
    expect(code).toBe(78);
    expect(output).toMatch(/^❌ Configuration: LOG_LEVEL: .*'loud'.*SENTRY_DSN: .*TUX_DRAIN_TIMEOUT_MS: /);
    expect(supervisor.log.all('config:rejected')[0]?.msg).toMatch(/stays as it was: .*LOG_LEVEL: .*SENTRY_DSN: /);
    expect(output + supervisor.log.text).not.toContain('hunter2');
    expect((await rig.ask('$ping')).content).toMatch(/Pong/);
    rmSync(join(rig.folder, '.env'));
    expect((await rig.supervisorCommand('reload')).output).toBe('✅ Nothing has changed\n');
  });

  it('applies what can change to both processes at once, by every way, without a reconnect', async () => {
    const { workerPid, log } = supervisor;
    let prefix = '$';
    for (const [index, [way, reload]] of ways.entries()) {
      const next = ['!', '?', '%'][index] ?? '';
      writeSettings({ TUX_PREFIX: next, TUX_DRAIN_TIMEOUT_MS: String(1_000 + index) });
      await reload(supervisor);
      const told = log.all('config:reloaded').at(-1);
      expect(told?.msg, way).toContain(`TUX_PREFIX ${prefix} → ${next}`);
      expect((await rig.ask(`${next}ping`)).content, way).toMatch(/Pong/);
      prefix = next;
    }
    const last = { LOG_LEVEL: 'debug', TUX_OWNER_IDS: SANDBOX_IDS.users.alice, TUX_MAINTENANCE: 'true' };
    writeSettings({ TUX_PREFIX: '%', ...last });
    expect((await rig.supervisorCommand('reload')).code).toBe(0);
    expect((await rig.ask('%admin status', 'alice')).embeds).not.toEqual([]); // an owner now
    expect((await rig.ask('%ping', 'bob')).content).toContain('serve only my owners');
    await rig.sandbox.recorder.gateway.waitFor(({ direction, op }) => direction === 'in' && op === 3); // and it shows
    process.kill(workerPid, 'SIGUSR2'); // it leaves that to its supervisor
    const { msg } = await log.waitFor('config:left-to-supervisor');
    expect(msg).toContain('tux-supervisor reload');
    expect((await rig.status()).worker?.pid).toBe(workerPid);
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
    writeSettings({});
    expect((await rig.client.reload()).workerReloaded).toBe(true);
  });

  it('names what needs a restart, which the next worker has', async () => {
    writeSettings({ DATABASE_POOL_SIZE: '3', TUX_LOG_DIR: '/nowhere' }); // TUX_LOG_DIR is in the environment, which wins
    const { code, output } = await rig.supervisorCommand('reload');
    expect({ code, output }).toEqual({
      code: 0,
      output: '⚠️ Needs tux-supervisor restart:\n   DATABASE_POOL_SIZE: 10 → 3\n',
    });
    expect(supervisor.log.all('config:restart-needed')[0]?.msg).toContain('DATABASE_POOL_SIZE 10 → 3');
    expect((await rig.supervisorCommand('restart')).code).toBe(0);
    expect(JSON.parse((await rig.supervisorCommand('reload', '--json')).output)).toEqual({
      changes: [],
      workerReloaded: true,
    });
  });

  it('changes the pace of the heartbeats on both sides, and nobody takes the other for hung', async () => {
    for (const interval of ['100', '10000', '100']) {
      writeSettings({ TUX_HEARTBEAT_INTERVAL_MS: interval, TUX_HEARTBEAT_MISSES: '5' });
      expect((await rig.client.reload()).workerReloaded).toBe(true);
    }
    await eventually('many heartbeats have come', async () => (await rig.status()).ready);
    expect(supervisor.log.all('worker:hang')).toEqual([]);
    const { worker } = await rig.status();
    if (!worker) throw new Error('no worker');
    process.kill(worker.pid, 'SIGSTOP');
    await supervisor.log.waitFor('worker:hang', () => true, { timeoutMs: 10_000 }); // 15 s at the old pace
  });

  it('is also understood by a worker that runs alone', async () => {
    await rig.dispose();
    await createRig();
    const worker = rig.run(BOT, []);
    await worker.log.waitFor('worker:ready');
    writeSettings({ TUX_PREFIX: '!' });
    await bySignal(worker, 'SIGHUP');
    expect((await rig.ask('!ping')).content).toMatch(/Pong/);
    writeSettings({ LOG_LEVEL: 'loud' });
    worker.kill('SIGUSR2');
    await worker.log.waitFor('config:rejected');
    expect((await rig.ask('!ping')).content).toMatch(/Pong/);
    worker.kill('SIGTERM');
    expect(await worker.ended).toEqual({ code: 0, signal: null });
    expect(rig.sandbox.recorder.counters.identifies).toBe(1);
  });
});
