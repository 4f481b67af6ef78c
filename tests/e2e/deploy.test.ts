import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeployResult } from '../../shared/control/deploy-result.js';
import { BuildFolder } from '../support/builds.js';
import { Conversation } from '../support/conversation.js';
import { eventually } from '../support/processes.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { Traffic } from '../support/traffic.js';
import { TrafficStore } from '../support/traffic-store.js';
import { type Program, TuxRig } from '../support/tux-rig.js';
import { WebhookServer } from '../support/webhook-server.js';

const FUN_COG = 'dist/bot/cogs/fun/fun-cog.js';
const ALL_MIGRATIONS = 'dist/bot/database/migrations/all.js';
const STANDBY = 'dist/bot/app/standby.js';
const INFO_COG = 'dist/bot/cogs/info/info-cog.js';
const LEVELS_COG = 'dist/bot/cogs/levels/levels-cog.js';
/** An expression for the list of migrations. */
const IMPOSSIBLE_MIGRATION = `class {
  name = 'Impossible1900000000000';
  up(runner) { return runner.query('ALTER TABLE nowhere ADD x integer'); }
}`;
const SYNTAX_ERROR = '\nconst broken here;\n';

/** One installation for the whole file, in a folder that is upgraded in place, too. People use it all the time. */
let folder: string;
let postgres: SharedPostgres;
let webhook: WebhookServer;
let rig: TuxRig;
let store: TrafficStore;
let traffic: Traffic;
let own: BuildFolder;
let supervisor: Program;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-builds-'));
  [own, postgres, webhook] = await Promise.all([newBuild('1.0.0'), SharedPostgres.join(), WebhookServer.start()]);
  const DATABASE_URL = await postgres.createDatabase();
  rig = await TuxRig.create({ DATABASE_URL, TUX_STANDBY: 'on', TUX_NOTIFY_WEBHOOK: webhook.url });
  store = await TrafficStore.open(DATABASE_URL);
  await start();
  await supervisor.log.waitFor('commands:registered');
  await new Conversation(rig.sandbox).slash('modlog', { channel: 'mod-log' });
  traffic = new Traffic(rig.sandbox, { seed: 7, intervalMs: 100 });
  traffic.start();
});
afterAll(async () => {
  await traffic?.stop();
  traffic?.close();
  await store?.close();
  await rig?.dispose();
  await Promise.all([postgres?.leave(), webhook?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  supervisor = rig.run(own.supervisor, ['start']);
  await supervisor.ready();
}

function newBuild(version: string): Promise<BuildFolder> {
  return BuildFolder.copy(join(folder, version), version);
}

async function deploy(build: BuildFolder): Promise<{ code: number | null; result: DeployResult }> {
  const { code, output } = await command('deploy', build.path, '--json');
  return { code, result: JSON.parse(output) as DeployResult };
}

async function command(...args: string[]): Promise<{ code: number | null; output: string }> {
  const program = rig.run(own.supervisor, args);
  const { code } = await program.ended;
  return { code, output: program.log.text };
}

/** What serves, and whether something waits to take over. */
async function serving() {
  const { ready, worker, build, standby } = await rig.status();
  return { ready, pid: worker?.pid, version: build?.version, standby: standby?.state };
}

function standbyReady(): Promise<void> {
  return eventually('there is a standby', async () => (await serving()).standby === 'ready');
}

function told(text: string): Promise<void> {
  return eventually(`the operator is told: ${text}`, () =>
    webhook.posted.some(({ content }) => content.includes(text)),
  );
}

describe('tux-supervisor deploy', () => {
  it('refuses a build that is no good, and names everything that is wrong with it', async () => {
    const before = await serving();
    const build = await newBuild('2.0.0');
    await build.change(FUN_COG, (text) => text + SYNTAX_ERROR);
    await build.change(INFO_COG, (text) => `${text}\nthrow new Error('kaput');\n`);
    await build.change(LEVELS_COG, (text) =>
      text.replace('defineCog({', "defineCog({ setup: async () => { throw new Error('no luck'); },"),
    );
    await build.change(ALL_MIGRATIONS, (text) =>
      text.replace('migrations = [', `migrations = [${IMPOSSIBLE_MIGRATION}, `),
    );
    const { code, result } = await deploy(build);
    expect([code, result.outcome, result.swapMs]).toEqual([78, 'refused', null]);
    expect(result.problems).toEqual([
      expect.stringMatching(/^bot\/cogs\/fun\/fun-cog\.js: SyntaxError: /),
      expect.stringMatching(/^bot\/cogs\/info\/info-cog\.js:\d+: Error: kaput$/),
      'cog levels: it cannot be set up: no luck',
      'migration Impossible1900000000000 cannot be run: relation "nowhere" does not exist',
    ]);
    await build.change(STANDBY, (text) => text + SYNTAX_ERROR);
    const { code: exitCode, output } = await command('deploy', build.path);
    expect([exitCode, output]).toEqual([
      78,
      expect.stringMatching(/it ended with code 1: SyntaxError: .*standby\.js:\d+/),
    ]);
    expect(await serving()).toMatchObject({ ready: true, pid: before.pid, version: '1.0.0' });
  });

  it('swaps a build back that fails in its first minute, by the standby that was kept, and tells', async () => {
    await standbyReady();
    const build = await newBuild('2.1.0');
    await build.change(STANDBY, (text) =>
      text.replace('activate() {', "activate() { setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1500);"),
    );
    const from = supervisor.log.lines.length;
    const { code, result } = await deploy(build);
    expect([code, result]).toEqual([0, expect.objectContaining({ outcome: 'deployed', problems: [] })]);
    await supervisor.log.waitFor('deploy:swapped-back', ({ byStandby }) => byStandby === true, { from });
    await eventually(
      'the build before serves',
      async () => (await serving()).version === '1.0.0' && (await serving()).ready,
    );
    await told('A new build failed');
    expect((await command('deploy', '--json')).output).toContain('"unchanged"');
  });

  it('swaps a build back whose cog fails with the database, before it takes a single event, and ends with 1', async () => {
    const build = await newBuild('2.2.0');
    await build.change(LEVELS_COG, (text) =>
      text.replace(
        'defineCog({',
        "defineCog({ setup: async ({ database }) => { await database.ping(AbortSignal.timeout(5_000)); throw new Error('odd rows'); },",
      ),
    );
    const { code, result } = await deploy(build);
    expect([code, result]).toEqual([1, expect.objectContaining({ outcome: 'swapped-back' })]);
    expect(result.problems).toEqual([expect.stringContaining('cog levels was not loaded: odd rows')]);
    await eventually(
      'the build before serves',
      async () => (await serving()).version === '1.0.0' && (await serving()).ready,
    );
  });

  it('has a restart in Discord go on with the build before when the one on disk is no good', async () => {
    await standbyReady();
    const cog = await own.read(FUN_COG);
    await own.write(FUN_COG, cog + SYNTAX_ERROR);
    const { code, output } = await command('restart');
    expect([code, output]).toEqual([78, expect.stringContaining('fun-cog.js: SyntaxError')]);
    const from = supervisor.log.lines.length;
    traffic.send({ kind: 'restart', form: 'prefix', as: 'owner', text: '$admin restart', options: {} });
    await supervisor.ready(from);
    await supervisor.log.waitFor('deploy:refused', undefined, { from });
    expect(await serving()).toMatchObject({ ready: true, version: '1.0.0' });
    await told('the new one on disk is no good');
    await own.write(FUN_COG, cog);
  });

  it('has a restart go on with a new build on disk that is good', async () => {
    await own.setVersion('1.1.0');
    const { code, output } = await command('restart');
    expect([code, output]).toEqual([0, expect.stringContaining('with the new build 1.1.0')]);
    expect(await serving()).toMatchObject({ ready: true, version: '1.1.0' });
  });

  it('brings a build from another folder into service, which counts after a restart of the supervisor as well', async () => {
    const build = await newBuild('3.0.0');
    const { code, result } = await deploy(build);
    expect([code, result]).toEqual([0, expect.objectContaining({ outcome: 'deployed' })]);
    await traffic.flow(10);
    await traffic.stop();
    const report = await traffic.judge(store);
    expect(report.complaint({ mayExpire: true })).toBeNull(); // how long it takes is for `npm run bench` to say
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
    expect((await command('stop')).code).toBe(0);
    await supervisor.ended;
    await start();
    expect(await serving()).toMatchObject({ ready: true, version: '3.0.0' });
    expect((await rig.history()).map(({ version }) => version)).toContain('2.1.0');
  });
});
