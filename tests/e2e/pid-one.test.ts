import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectNothingLeft } from '../support/after-stop.js';
import { Container, type ContainerOptions, whyNoContainers } from '../support/container.js';
import { Dockerfile } from '../support/dockerfile.js';
import { freePort } from '../support/postgres.js';
import { eventually } from '../support/processes.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { findTini } from '../support/tini.js';
import { TuxRig } from '../support/tux-rig.js';

const obstacle = whyNoContainers();
if (obstacle !== null) console.warn(`Left out: ${obstacle}`);

/** What a notification starts here outlives its shell, is killed, and is nobody's child then but that of process 1. */
const LEAVES_AN_ORPHAN = 'sleep 300 >/dev/null 2>&1 & echo "orphan: $!"';

let postgres: SharedPostgres;
let rig: TuxRig;
let containers: Container[];

beforeAll(async () => {
  postgres = await SharedPostgres.join();
});
afterAll(() => postgres.leave());

async function setUp(env: Record<string, string> = {}): Promise<void> {
  containers = [];
  rig = await TuxRig.create({
    LOG_LEVEL: 'debug',
    TUX_NOTIFY_COMMAND: LEAVES_AN_ORPHAN,
    TUX_DRAIN_TIMEOUT_MS: '0',
    // The network is that of this machine, where the sandbox is.
    TUX_HTTP_HOST: '127.0.0.1',
    TUX_HTTP_PORT: String(await freePort()),
    ...env,
  });
}

afterEach(async () => {
  await Promise.all(containers.map((container) => container.dispose()));
  await rig.dispose();
});

function run(options: Pick<ContainerOptions, 'hostname'> & Partial<ContainerOptions>): Container {
  const tini = findTini();
  if (tini === null) throw new Error('tini is neither installed here nor to be had from apt: install the package tini');
  // The image says where the folders are; HOME and PATH are not those of this machine.
  const { TUX_STATE_DIR: _state, TUX_LOG_DIR: _logs, PATH: _path, HOME: _home, ...env } = rig.env;
  const volumes = { '/var/lib/tux': rig.paths.stateDir, '/var/log/tux': rig.paths.logDir };
  const container = Container.run({ env, volumes, programs: { tini }, ...options });
  containers.push(container);
  return container;
}

/** Waits until it was told that Tux is well again. Each notification left an orphan behind. */
async function recovery({ program: { log } }: Container): Promise<void> {
  await log.waitFor('notify:sent', ({ kind }) => kind === 'recovered');
  expect(log.all('notify:command-output').map(({ msg }) => msg)).toEqual([
    expect.stringMatching(/^orphan: \d+$/),
    expect.stringMatching(/^orphan: \d+$/),
  ]);
}

describe.runIf(obstacle === null)('a container of the image', () => {
  it('serves as a user without rights, is found healthy, keeps others out, reaps orphans and stops in order', async () => {
    await setUp({ DATABASE_URL: await postgres.createDatabase() });
    const tux = run({ hostname: 'tux' });
    await tux.program.ready();
    expect((await rig.ask('$ping')).content).toContain('Pong');
    expect(tux.exec(...new Dockerfile().exec('HEALTHCHECK'))).toEqual({ code: 0, output: '' });
    expect(tux.program.log.all('supervisor:no-init')).toEqual([]);
    expect(tux.exec('sh', '-c', 'id -u; touch /opt/tux/x').output).toMatch(/^1000\n.*Read-only file system/);

    // Its processes have the same pids as those of the first one, and cannot see them.
    const other = run({ hostname: 'tux' });
    expect(await other.program.ended).toEqual({ code: 73, signal: null });
    expect(other.program.log.lines.at(-1)?.msg).toMatch(
      /^❌ Already running: supervisor\.lock is held by pid \d+ on tux/,
    );

    expect(tux.exec('sh', '-c', `kill -KILL ${tux.program.workerPid}`)).toEqual({ code: 0, output: '' });
    await recovery(tux);
    await eventually('all orphans are reaped', () => tux.zombies().length === 0);
    tux.kill(new Dockerfile().text('STOPSIGNAL') as NodeJS.Signals);
    expect(await tux.program.ended).toEqual({ code: 0, signal: null });
    await expectNothingLeft(rig);
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
  });

  it('is replaced at once when it was killed; the next one has all jobs, and does as process 1 what it can', async () => {
    await setUp();
    const first = run({ hostname: '0c56c3b9a7f1' });
    await first.program.ready();
    expect((await rig.ask('$queue add 3600 kept')).content).toMatch(/is queued/);
    first.kill('SIGKILL');
    await first.program.ended;

    const [, , ...withoutInit] = new Dockerfile().exec('ENTRYPOINT');
    const second = run({ hostname: '7d11e04cbb2a', entrypoint: withoutInit });
    await second.program.ready();
    const { log } = second.program;
    expect(log.all('lock:takeover')).toMatchObject([{ previous: { hostname: '0c56c3b9a7f1' } }]);
    expect((await rig.ask('$queue list')).content).toMatch(/kept/);
    expect(log.all('supervisor:started')).toMatchObject([{ pid: 1 }]);
    expect(log.all('supervisor:no-init')).toHaveLength(1);

    await recovery(second); // it was told of the crash of the container, too
    await eventually('the orphans stay as zombies', () => second.zombies().length === 2);
    second.kill('SIGHUP');
    await log.waitFor('config:reloaded');
    second.kill('SIGTERM');
    expect(await second.program.ended).toEqual({ code: 0, signal: null });
    await expectNothingLeft(rig);
    expect(rig.sandbox.recorder.counters).toMatchObject({ maxLiveSessions: 1 });
  });
});
