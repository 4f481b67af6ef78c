import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runProgram } from '../../../shared/cli/run-program.js';
import type { DeployResult } from '../../../shared/control/deploy-result.js';
import type { ReloadResult } from '../../../shared/control/reload-result.js';
import type { RestartResult } from '../../../shared/control/restart-result.js';
import type { Status } from '../../../shared/control/status.js';
import { TuxError } from '../../../shared/errors.js';
import { socketPath } from '../../../shared/paths.js';
import { supervisorProgram } from '../../../supervisor/cli.js';
import { type ControlServer, listenForControl } from '../../../supervisor/control/server.js';
import { RunHistory } from '../../../supervisor/history/run-history.js';
import { fakeRun } from '../../support/fake-run.js';
import { fakeStatus } from '../../support/fake-status.js';

let folder: string;
let output: string;
let problems: string;
let server: ControlServer | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-cli-'));
  vi.stubEnv('TUX_STATE_DIR', folder);
  vi.stubEnv('TUX_LOG_DIR', folder);
  output = '';
  problems = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    problems += String(text);
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = undefined; // it would be that of vitest
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

const run = (...args: string[]) => runProgram(supervisorProgram(), ['node', 'tux-supervisor', ...args]);

const nothingChanged = async (): Promise<ReloadResult> => ({ changes: [], workerReloaded: null });

async function serve(status: Status, requestReload = nothingChanged): Promise<void> {
  const target = {
    freshStatus: async () => status,
    workerDetails: async () => '{}',
    metrics: async () => '',
    requestStop: () => {},
    requestRestart: async () => restarted,
    requestDeploy: async () => ({ ...refused }),
    requestReload,
  };
  server = await listenForControl(socketPath(folder, 'control.sock'), target);
}

const restarted: RestartResult = { runId: 'RUN-2', pid: 4712, tookMs: 1_234, deployed: null };
const refused: DeployResult = {
  outcome: 'refused',
  build: { root: '/opt/tux/v2', version: '2.0.0', fingerprint: 'b2b2b2b2b2b2' },
  previous: null,
  problems: ['cog fun: kaput'],
  preflightMs: 1,
  swapMs: null,
  runId: null,
  pid: null,
};

describe('the command line of tux-supervisor', () => {
  it.each([
    [['status', '--nonsense']],
    [['status', '--watch']],
    [['status', '--watch', '--json']],
    [['nonsense']],
    [['history', '--lines', 'many']],
    [['history', '--lines', '-1']],
    [['logs', '-n', '1.5']],
    [['logs', '--level', 'loud']],
    [['logs', '--since', 'yesterday']],
    [['status', '--state-dir']],
    [['status', 'extra']],
    [['notify']],
    [[]],
  ])('refuses %j with 64', async (args) => {
    expect(await run(...args)).toBe(64);
    expect(output + problems).not.toBe('');
  });

  it.each([
    [['status']],
    [['status', '--json']],
    [['stop']],
    [['restart']],
    [['restart', '--force', '--json']],
    [['deploy']],
  ])('answers %j with 1 and a hint when nothing runs', async (args) => {
    expect(await run(...args)).toBe(1);
    expect(problems).toMatch(/^❌ No tux-supervisor is running .*start it with tux-supervisor start.*\n$/);
    expect(output).toBe('');
  });

  it('answers a reload with 69 and the hint when nothing runs', async () => {
    expect(await run('reload')).toBe(69);
    expect(problems).toMatch(/^❌ No tux-supervisor is running .*start it with tux-supervisor start.*\n$/);
  });

  it('tells what a reload changed, and what waits for which restart', async () => {
    await serve(fakeStatus(), async () => ({
      changes: [
        { name: 'TUX_PREFIX', from: '$', to: '!', takesEffect: 'now' },
        { name: 'DATABASE_POOL_SIZE', from: '10', to: '20', takesEffect: 'restart' },
        { name: 'TUX_LOG_DIR', from: '(not set)', to: '/var/log', takesEffect: 'supervisor-restart' },
      ],
      workerReloaded: false,
    }));
    expect(await run('reload')).toBe(0);
    expect(output.split('\n')).toEqual([
      '✅ Changed:',
      '   TUX_PREFIX: $ → !',
      '⚠️ Needs tux-supervisor restart:',
      '   DATABASE_POOL_SIZE: 10 → 20',
      '⚠️ Needs tux-supervisor itself to be stopped and started:',
      '   TUX_LOG_DIR: (not set) → /var/log',
      '⚠️ Tux has not confirmed it: see tux-supervisor logs',
      '',
    ]);
  });

  it('ends a reload of a bad configuration with 78 and every problem', async () => {
    await serve(fakeStatus(), async () => {
      throw new TuxError('TUX_CONFIG', 'Configuration: A: bad; B: worse', { exitCode: 78 });
    });
    expect(await run('reload')).toBe(78);
    expect(problems).toBe('❌ Configuration: A: bad; B: worse\n');
  });

  it('shows the status of what runs, for people and for programs', async () => {
    await serve(fakeStatus());
    expect(await run('status')).toBe(0);
    expect(output).toContain('RUNNING, ready');
    output = '';
    expect(await run('status', '--json')).toBe(0);
    expect(JSON.parse(output)).toEqual(fakeStatus());
  });

  it('looks into the folder it is told', async () => {
    await serve(fakeStatus());
    vi.stubEnv('TUX_STATE_DIR', join(folder, 'elsewhere'));
    expect(await run('status')).toBe(1);
    expect(await run('status', '--state-dir', folder)).toBe(0);
  });

  it('waits for a restart and says who is ready', async () => {
    await serve(fakeStatus());
    expect(await run('restart')).toBe(0);
    expect(output).toBe('✅ Tux is ready again after 1.2 s, pid 4712\n');
    output = '';
    expect(await run('restart', '--json')).toBe(0);
    expect(JSON.parse(output)).toEqual(restarted);
  });

  it('ends with 78 and all problems when a build is no good', async () => {
    await serve(fakeStatus());
    expect(await run('deploy', '/opt/tux/v2')).toBe(78);
    expect(output).toContain(
      '2.0.0 (b2b2b2b2) in /opt/tux/v2 does not take over, as it is no good:\n   cog fun: kaput\n',
    );
    output = '';
    expect(await run('deploy', '--json')).toBe(78);
    expect(JSON.parse(output)).toEqual(refused);
  });

  it('shows the history also while nothing runs', async () => {
    expect(await run('history')).toBe(0);
    expect(output).toBe('No run has ended yet.\n');
    const history = new RunHistory(join(folder, 'history.jsonl'));
    for (const runId of ['RUN-1', 'RUN-2', 'RUN-3']) await history.append(fakeRun({ runId }));
    output = '';
    expect(await run('history', '--json', '-n', '2')).toBe(0);
    expect((JSON.parse(output) as { runId: string }[]).map(({ runId }) => runId)).toEqual(['RUN-2', 'RUN-3']);
    output = '';
    expect(await run('history', '--json', '-n', '0')).toBe(0);
    expect(JSON.parse(output)).toEqual([]);
  });

  it('tests notifications: 78 when none is configured or it is no good, 1 when none arrives', async () => {
    vi.stubEnv('TUX_NOTIFY_WEBHOOK', '');
    vi.stubEnv('TUX_NOTIFY_COMMAND', '');
    expect(await run('notify', 'test')).toBe(78);
    expect(problems).toMatch(/^❌ No notification channel is configured — set TUX_NOTIFY_WEBHOOK or /);
    vi.stubEnv('TUX_NOTIFY_WEBHOOK', 'http://discord.test/webhooks/hunter2');
    problems = '';
    expect(await run('notify', 'test')).toBe(78);
    expect(problems).toMatch(/TUX_NOTIFY_WEBHOOK: must begin with https:\/\/ \(received \[redacted\]\)/);
    vi.stubEnv('TUX_NOTIFY_WEBHOOK', '');
    vi.stubEnv('TUX_NOTIFY_COMMAND', 'exit 3');
    expect(await run('notify', 'test')).toBe(1);
    expect(output).toBe('❌ command: the command ended with exit code 3\n');
  });

  it('shows the lines of the log that are wanted', async () => {
    const line = (level: number, runId: string) =>
      JSON.stringify({ level, time: new Date().toISOString(), runId, msg: `${level} of ${runId}` });
    const lines = [line(30, 'ONE'), line(40, 'ONE'), line(50, 'TWO')];
    await writeFile(join(folder, 'tux.log'), lines.map((one) => `${one}\n`).join(''));
    expect(await run('logs', '--level', 'warn', '--since', '10m', '--run', 'one', '--json')).toBe(0);
    expect(output).toBe(`${lines[1]}\n`);
    output = '';
    expect(await run('logs', '-n', '2')).toBe(0);
    expect(output).toMatch(/WARN.*: 40 of ONE\n.*ERROR.*: 50 of TWO\n$/);
  });

  it('says that there is no log when there is none', async () => {
    expect(await run('logs')).toBe(1);
    expect(problems).toMatch(/There is no log at .*tux\.log/);
  });
});
