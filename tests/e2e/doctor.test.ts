import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_TOKEN } from '../../sandbox/index.js';
import { knownFiles } from '../../supervisor/doctor/known-files.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { TuxRig } from '../support/tux-rig.js';

interface Answer {
  readonly ok: boolean;
  readonly exitCode: number;
  readonly checks: readonly {
    readonly name: string;
    readonly status: string;
    readonly summary: string;
    readonly fix: string | null;
  }[];
}

let postgres: SharedPostgres;
let rig: TuxRig;
beforeAll(async () => {
  postgres = await SharedPostgres.join();
});
afterAll(() => postgres.leave());
afterEach(() => rig?.dispose());

async function ask(...args: string[]): Promise<Answer & { readonly code: number | null }> {
  const { code, output } = await rig.supervisorCommand('doctor', '--json', ...args);
  return { ...(JSON.parse(output) as Answer), code };
}

const statusOf = ({ checks }: Answer, name: string) =>
  checks
    .filter((check) => check.name === name)
    .map(({ status }) => status)
    .join();
const summaryOf = ({ checks }: Answer, name: string) => checks.find((check) => check.name === name)?.summary;

/** What a check might leave behind. */
const leftovers = () => readdirSync(rig.paths.stateDir).filter((name) => /doctor|broken/.test(name));

/** Those that have nothing to do with the machine that the tests run on. */
const ours = [
  'Node',
  'configuration',
  'state folder',
  'log folder',
  'state files',
  'supervisor',
  'worker',
  'embedded data',
  'database',
  'clock',
  'token',
  'intents',
  'logins',
];

describe('tux-supervisor doctor', () => {
  it('finds all in order around a bot that runs, and does not disturb it', async () => {
    rig = await TuxRig.create({ TUX_DRAIN_TIMEOUT_MS: '0' }); // the job below takes an hour
    const supervisor = await rig.startReady();
    // Whatever is kept is in a file by now or at the stop.
    rig.sandbox.organizer.create({ name: 'Tea', startsInMs: 3_600_000 });
    const texts = [
      '$queue add 3600 later',
      '$remind 10m tea',
      '$queue panel',
      '$admin maintenance on',
      '$admin maintenance off',
    ];
    for (const text of texts) await rig.ask(text);
    await rig.ask('$avatar', 'alice'); // owners need no pause, so they leave no cooldown
    const { identifies } = rig.sandbox.recorder.counters;
    const healthy = await ask();
    expect(healthy.checks.filter(({ name, status }) => ours.includes(name) && status !== 'ok')).toEqual([]);
    expect([...new Set(healthy.checks.map(({ name }) => name))]).toEqual(expect.arrayContaining(ours));
    expect(summaryOf(healthy, 'supervisor')).toMatch(new RegExp(`^pid ${supervisor.pid} since \\S+, RUNNING, ready$`));
    expect(leftovers()).toEqual([]);
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies, liveConnections: 1 });
    expect((await rig.ask('$ping')).content).toContain('Pong');
    expect((await rig.status()).worker?.pid).toBe(supervisor.workerPid);

    // After the stop every file that a bot writes is there, of the kind and version that the check expects.
    await rig.supervisorCommand('stop');
    const stopped = await ask();
    expect(summaryOf(stopped, 'supervisor')).toBe('none runs, the lock is free');
    expect(statusOf(stopped, 'state files')).toBe('ok');
    const missing = knownFiles(rig.paths)
      .filter(({ path }) => !existsSync(path))
      .map(({ path }) => basename(path));
    expect(missing).toEqual(['sandbox.json']); // that of `start --sandbox`
  });

  it('names everything that is wrong, with what to do, and leaves it as it was', async () => {
    rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
    const supervisor = await rig.startReady();
    for (const pid of [supervisor.pid, supervisor.workerPid]) process.kill(pid, 'SIGKILL');
    await supervisor.ended;
    rig.sandbox.faults.revokeToken();
    const newer = JSON.stringify({ ...JSON.parse(readFileSync(rig.paths.supervisorState, 'utf8')), schemaVersion: 99 });
    writeFileSync(rig.paths.reminders, newer);
    writeFileSync(rig.paths.commandCache, '{"torn');

    const { code, output } = await rig.supervisorCommand('doctor');
    expect(code).toBe(1);
    expect(output).toMatch(
      /^❌ state files +reminders\.json was written by a newer Tux \(version 99, this one knows 1\)\n +→ start the newer Tux/m,
    );
    expect(output).toMatch(/^❌ +command-cache\.json is not JSON\n +→ look at it/m);
    expect(output).toMatch(/^❌ token +Discord refuses it\n +→ copy it anew from https/m);
    expect(output).toMatch(/^✅ supervisor +none runs; the lock of pid \d+ .* is left, the next start takes it over$/m);
    expect(output).toMatch(/^✅ database +\S+ answers, schema current/m);
    expect(output).toMatch(/^\d+ ok, .*3 failures, \d+ skipped\n$/m);
    expect(output).not.toContain(SANDBOX_TOKEN);
    expect(readFileSync(rig.paths.reminders, 'utf8')).toBe(newer);
    expect(readFileSync(rig.paths.commandCache, 'utf8')).toBe('{"torn');
    expect(leftovers()).toEqual([]);

    writeFileSync(`${rig.folder}/.env`, 'LOG_LEVEL=loud\nTUX_PREFIX=a b\n', { mode: 0o600 });
    const invalid = await ask('--offline');
    expect(invalid).toMatchObject({ ok: false, exitCode: 78, code: 78 });
    expect(statusOf(invalid, 'configuration')).toBe('fail,fail');
    expect(statusOf(invalid, 'token')).toBe('skipped');
  });
});
