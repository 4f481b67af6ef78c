import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_IDS } from '../../sandbox/index.js';
import type { Overview } from '../../shared/control/page-api.js';
import type { RunRecord } from '../../shared/control/run-record.js';
import type { Readiness, Status } from '../../shared/control/status.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { eventually } from '../support/processes.js';
import { SystemdTux } from '../support/systemd-tux.js';

/** A hang is one after 3 s, and nobody waits for jobs that take an hour. */
const PACE = { TUX_HEARTBEAT_INTERVAL_MS: '200', TUX_HEARTBEAT_MISSES: '15', TUX_DRAIN_TIMEOUT_MS: '200' };
/** Any token that was not revoked opens the door of the local Discord. */
const NEW_TOKEN = 'bmV3LXRva2Vu.for-the.operators-drill-after-the-revocation';

let postgres: PostgresServer;
let tux: SystemdTux;
let settings: Record<string, string>;
let pageUrl = '';
/** Acknowledged and not yet due. */
let jobs = 0;

beforeAll(async () => {
  postgres = await startPostgres();
  tux = await SystemdTux.create();
  settings = { ...PACE, DATABASE_URL: await postgres.createDatabase(), TUX_HTTP_PORT: '0' };
});
afterAll(async () => {
  await tux?.dispose();
  await postgres?.stop();
});

/** What an operator hears from each of the places where they may look. */
interface Picture {
  /** `systemctl show`. */
  readonly unit: string;
  readonly unitStatus: string;
  /** `tux-supervisor status --json`; null when it says that nothing runs. */
  readonly status: Status | null;
  /** `tux-supervisor history`: the newest run that ended. */
  readonly lastRun: RunRecord | undefined;
  /** `/readyz`; null when nobody answers. */
  readonly readyz: (Readiness & { readonly code: number }) | null;
  /** What the page shows; null when nobody answers. */
  readonly page: Overview | null;
}

async function look(): Promise<Picture> {
  const { machine } = tux;
  const [unit, unitStatus, answer, history] = await Promise.all([
    machine.show('tux', 'ActiveState'),
    machine.show('tux', 'StatusText'),
    tux.command('status', '--json', '--state-dir', '/var/lib/tux'),
    tux.command('history', '--json', '--state-dir', '/var/lib/tux'),
  ]);
  const status = answer.code === 0 ? (JSON.parse(answer.stdout) as Status) : null;
  const [readyz, page] = await Promise.all([get<Readiness>('readyz'), get<Overview>('api/overview')]);
  const lastRun = (JSON.parse(history.stdout) as RunRecord[]).at(-1);
  return { unit, unitStatus, status, lastRun, readyz, page };
}

/** An answer in JSON with its HTTP status as `code`; null when nobody answers. */
async function get<T>(path: string): Promise<(T & { code: number }) | null> {
  try {
    const response = await fetch(new URL(path, pageUrl));
    return { ...((await response.json()) as T), code: response.status };
  } catch {
    return null;
  }
}

/** Waits until every place says that Tux serves. */
async function expectServing(): Promise<Picture> {
  pageUrl = (await tux.client.status()).http?.url ?? ''; // another port with each supervisor
  await eventually('Tux serves', async () => (await get<Readiness>('readyz'))?.ready === true);
  await tux.machine.untilUnit('tux', { ActiveState: 'active', StatusText: 'Serving 1 guild' });
  const seen = await look();
  expect(seen).toMatchObject({
    unit: 'active',
    status: { state: 'RUNNING', ready: true },
    readyz: { code: 200, ready: true, problems: [] },
    page: { status: { state: 'RUNNING', ready: true } },
  });
  expect((await tux.ask('$ping')).content).toMatch(/Pong/);
  return seen;
}

/** Waits until `/readyz` says why Tux does not serve, and checks that the other places say the same. */
async function expectTrouble(problem: RegExp): Promise<Picture> {
  let found: Readiness | null = null;
  await eventually(`/readyz says ${problem}`, async () => {
    found = await get<Readiness>('readyz');
    return found?.ready === false && found.problems.some((text) => problem.test(text));
  });
  const seen = await look();
  expect(seen).toMatchObject({
    unit: 'active',
    status: { ready: false, readiness: { problems: [expect.stringMatching(problem)] } },
    readyz: { code: 503 },
    page: { status: { ready: false, readiness: { problems: [expect.stringMatching(problem)] } } },
  });
  return seen;
}

async function workerPid(): Promise<string> {
  return String((await tux.client.status()).worker?.pid);
}

// One machine and one story: each step begins where the one before it ended.
describe("an operator's drill on a machine with systemd", () => {
  it('installs the unit and starts Tux, which is given something to remember', async () => {
    const { machine } = tux;
    await machine.must('useradd', '--system', '--user-group', '--shell', '/usr/sbin/nologin', 'tux');
    await tux.configure(settings);
    expect(await tux.command('systemd', 'install')).toMatchObject({ code: 0 });
    await machine.must('systemctl', 'daemon-reload');
    await machine.must('systemctl', 'enable', '--now', 'tux');
    await expectServing();
    expect((await tux.ask('$queue add 3600 before-the-drill')).content).toMatch(/is queued/);
    jobs += 1;
    expect((await tux.ask('$remind 12s drill')).content).toMatch(/I will remind you/);
    expect((await tux.ask('$warn @bob drill')).content).toMatch(/case #1/);
  });

  it('sees a worker that was killed in the history, and Tux again without doing anything', async () => {
    const pid = await workerPid();
    await tux.machine.must('kill', '-KILL', pid);
    await eventually('the crash is in the history', async () => (await look()).lastRun?.pid === Number(pid));
    const { status, lastRun, page } = await expectServing();
    expect(lastRun).toMatchObject({ class: 'crash', signal: 'SIGKILL' });
    expect(status).toMatchObject({ restarts: { crash: 1 }, lastExit: { class: 'crash', signal: 'SIGKILL' } });
    expect(page?.history.at(-1)).toEqual(lastRun);
  });

  it('hears at once of a worker that stands still, and later why it was replaced', async () => {
    const pid = await workerPid();
    await tux.machine.must('kill', '-STOP', pid);
    await expectTrouble(/the worker does not answer|the worker has said nothing/);
    await eventually('the hang is in the history', async () => (await look()).lastRun?.pid === Number(pid));
    const { lastRun, status } = await expectServing();
    expect(lastRun).toMatchObject({ class: 'hang', reason: expect.stringMatching(/no heartbeat for \d+ s/) });
    expect(status).toMatchObject({ restarts: { crash: 1, hang: 1 } });
  });

  it('keeps serving on a full disk, and says what it could not write down', async () => {
    await tux.machine.fillDisk();
    const answers: string[] = [];
    do answers.push((await tux.ask('$queue add 3600 on-a-full-disk')).content);
    while (/is queued/.test(answers.at(-1) ?? '')); // what fits into the last block of the file
    expect(answers.at(-1)).toMatch(/^❌ I could not write that down/);
    jobs += answers.length - 1;
    await expectServing();
    await tux.machine.freeDisk();
    expect((await tux.ask('$queue add 3600 after-the-full-disk')).content).toMatch(/is queued/);
    jobs += 1;
    await expectServing();
    const queued = async () => (await tux.client.status()).worker?.queueDepth; // as the latest heartbeat has it
    await eventually(`${jobs} jobs are queued`, async () => (await queued()) === jobs);
  });

  it('names a database that is gone, and is well again by itself', async () => {
    await postgres.pause();
    const { status } = await expectTrouble(/the database does not answer/);
    expect(status).toMatchObject({ state: 'RUNNING', worker: { state: 'RUNNING' } });
    await postgres.resume();
    const { lastRun } = await expectServing();
    expect(lastRun?.class).toBe('hang'); // no run has ended since
  });

  it('stays down when Discord refuses the token, and says what to do; a new one is enough', async () => {
    const { machine, sandbox } = tux;
    sandbox.faults.revokeToken();
    await machine.untilUnit('tux', { ActiveState: 'failed', ExecMainStatus: '78' });
    const { status, readyz, page, lastRun } = await look();
    expect([status, readyz, page]).toEqual([null, null, null]);
    expect(lastRun).toMatchObject({ class: 'config', code: 78, reason: expect.stringContaining('token') });
    const { code, output } = await tux.command('status', '--state-dir', '/var/lib/tux');
    expect([code, output]).toEqual([1, expect.stringContaining('No tux-supervisor is running')]);
    expect((await machine.must('journalctl', '--unit', 'tux', '--no-pager')).toString()).toContain('DISCORD_TOKEN');
    await tux.configure({ ...settings, DISCORD_TOKEN: NEW_TOKEN });
    await machine.must('systemctl', 'start', 'tux');
    await expectServing();
  });

  it('upgrades the code, and finds all that was there', async () => {
    const { machine } = tux;
    const manifest = machine.path('/opt/tux/package.json');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.replace(/"version": "[^"]+"/, '"version": "99.0.0"'));
    await machine.must('systemctl', 'restart', 'tux');
    const { status, page, lastRun } = await expectServing();
    expect([status?.supervisor.version, page?.status.supervisor.version]).toEqual(['99.0.0', '99.0.0']);
    expect(lastRun).toMatchObject({ class: 'stopped', code: 0 });
    expect(status?.worker?.queueDepth).toBe(jobs);
  });

  it('reboots, and nothing was lost and nothing done twice', async () => {
    const { machine, sandbox } = tux;
    await machine.reboot();
    await machine.untilUnit('tux', { ActiveState: 'active' });
    const { lastRun, status } = await expectServing();
    expect(lastRun).toMatchObject({ class: 'stopped', code: 0, reason: 'SIGTERM' });
    expect(status?.worker?.queueDepth).toBe(jobs);
    expect((await tux.ask('$queue list')).content).toMatch(/before-the-drill[\s\S]*after-the-full-disk/);
    expect((await tux.ask('$cases view 1')).embeds[0]).toMatchObject({ title: 'Warning · case #1' });
    const reminders = () =>
      sandbox.world.messages.list(SANDBOX_IDS.channels.general).filter(({ content }) => /⏰ <@.*drill/.test(content));
    await eventually('the reminder has come', () => reminders().length > 0);
    expect(reminders()).toHaveLength(1);
    // All of it is one gateway session, but for the token that was refused: that ended it.
    expect(sandbox.recorder.counters).toMatchObject({ identifies: 2, maxLiveSessions: 1 });
  });
});
