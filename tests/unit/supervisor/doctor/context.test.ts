import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SANDBOX_TOKEN } from '../../../../sandbox/ids.js';
import { packageFile } from '../../../../shared/package.js';
import { socketPath } from '../../../../shared/paths.js';
import type { Controllable } from '../../../../supervisor/control/routes.js';
import { type ControlServer, listenForControl } from '../../../../supervisor/control/server.js';
import { gatherContext, secretsOf } from '../../../../supervisor/doctor/context.js';
import { fakeStatus } from '../../../support/fake-status.js';

let folder: string;
let server: ControlServer | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-doctor-'));
  vi.stubEnv('TUX_ENV_FILE', '');
  vi.stubEnv('STATE_DIRECTORY', '');
  vi.stubEnv('TUX_STATE_DIR', join(folder, 'state'));
  vi.stubEnv('DISCORD_TOKEN', '');
  vi.stubEnv('BOT_TOKEN', '');
  vi.stubEnv('LOG_LEVEL', 'loud');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

describe('what the checks look at', () => {
  it('has the settings that are valid, whatever is wrong with others', async () => {
    const context = await gatherContext({ isOffline: true });
    expect(context.env.LOG_LEVEL).toBeUndefined();
    expect(context.env.TUX_STOP_TIMEOUT_MS).toBe(25_000);
    expect(context).toMatchObject({ envProblem: null, discord: null, status: null });
    expect(context.statusProblem?.code).toBe('TUX_NOT_RUNNING');
    expect(context.paths.stateDir).toBe(join(folder, 'state'));
  });

  it('goes on when the file of settings cannot be read', async () => {
    vi.stubEnv('TUX_ENV_FILE', join(folder, 'gone.env'));
    const context = await gatherContext({ isOffline: true, stateDir: folder });
    expect(context.envProblem?.message).toMatch(/^Cannot read .*gone\.env/);
    expect(context).toMatchObject({ envFile: join(folder, 'gone.env'), paths: { stateDir: folder } });
  });

  it('is the sandbox where that runs: no token is needed, and the real Discord is left alone', async () => {
    await mkdir(join(folder, 'state'));
    const sandbox = { apiUrl: 'http://127.0.0.1:4711/api', controlUrl: 'http://127.0.0.1:4711/control' };
    const target = { freshStatus: async () => fakeStatus({ sandbox }) } as unknown as Controllable;
    server = await listenForControl(socketPath(join(folder, 'state'), 'control.sock'), target);
    const context = await gatherContext({ isOffline: false });
    expect(context.env).toMatchObject({ DISCORD_TOKEN: SANDBOX_TOKEN, DISCORD_API_URL: sandbox.apiUrl });
    expect(context.discord).toMatchObject({ host: '127.0.0.1:4711', hasToken: true });
  });

  it('has the settings of the service where there are none here', async () => {
    const envFile = join(folder, 'tux.env');
    await writeFile(envFile, 'TUX_PREFIX=!\n');
    const unit = (stateDir: string, program = packageFile('dist/supervisor/main.js')) => ({
      name: 'tux.service',
      isUser: false,
      text: `ExecStart=/usr/bin/node ${program} start\nEnvironment=TUX_ENV_FILE=${envFile} TUX_STATE_DIR=${stateDir}\n`,
    });
    const gather = (units: ReturnType<typeof unit>[], stateDir?: string) =>
      gatherContext({ isOffline: true, stateDir }, { findUnits: () => units });
    const service = unit(join(folder, 'service'));
    expect(await gather([service])).toMatchObject({ unit: null, paths: { stateDir: join(folder, 'state') } }); // TUX_STATE_DIR says it
    vi.stubEnv('TUX_STATE_DIR', '');
    vi.spyOn(process, 'cwd').mockReturnValue(folder); // without an .env
    const found = await gather([service]);
    expect(found).toMatchObject({ unit: 'tux.service', envFile, paths: { stateDir: join(folder, 'service') } });
    expect(found.env.TUX_PREFIX).toBe('!');
    expect(await gather([service], join(folder, 'service'))).toMatchObject({ unit: 'tux.service' });
    expect(await gather([service], join(folder, 'other'))).toMatchObject({ unit: null });
    expect(await gather([service, unit('/second')])).toMatchObject({ unit: null });
    expect(await gather([unit('/x', '/opt/other/dist/supervisor/main.js')])).toMatchObject({ unit: null });
    await writeFile(join(folder, '.env'), '');
    expect(await gather([service])).toMatchObject({ unit: null });
  });

  it('knows as secret what is not even valid', () => {
    expect(secretsOf({ DISCORD_TOKEN: 'two words', DATABASE_URL: 'mysql://a:sesame@b' }, {})).toEqual(
      expect.arrayContaining(['two words', 'mysql://a:sesame@b']),
    );
  });
});
