import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectNothingLeft } from '../support/after-stop.js';
import { eventually } from '../support/processes.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { type Program, TuxRig } from '../support/tux-rig.js';

/** So often a client has to send a heartbeat here, so that a silent connection shows within a test. */
const GATEWAY_HEARTBEAT_MS = 300;

let postgres: SharedPostgres;
/** One supervised Tux for all but the last test: each leaves it connected for the next. */
let rig: TuxRig;
let supervisor: Program;

beforeAll(async () => {
  postgres = await SharedPostgres.join();
  await startReady();
});
afterAll(async () => {
  await rig.dispose();
  await postgres.leave();
});

async function startReady(env: Record<string, string> = {}): Promise<void> {
  rig = await TuxRig.create(
    {
      DATABASE_URL: await postgres.createDatabase(),
      TUX_HEARTBEAT_INTERVAL_MS: '200',
      TUX_HEARTBEAT_MISSES: '50',
      ...env,
    },
    { heartbeatIntervalMs: GATEWAY_HEARTBEAT_MS },
  );
  supervisor = await rig.startReady();
}

/** Waits for an op that the bot sends, after `mark`. */
async function botSends(op: number, after: number): Promise<void> {
  const { gateway } = rig.sandbox.recorder;
  await gateway.waitFor((message) => message.direction === 'in' && message.op === op, { after, timeoutMs: 20_000 });
}

/** `status` learns of it with the worker's next heartbeat. */
async function gatewayIsReady(): Promise<void> {
  await eventually('the gateway is ready again', async () => {
    return (await rig.status()).worker?.gateway?.status === 'ready';
  });
}

const IDENTIFY = 2;
const RESUME = 6;

describe('a connection that breaks', () => {
  it('is resumed without an IDENTIFY, and what was said meanwhile is answered', async () => {
    const { faults, recorder } = rig.sandbox;
    faults.gatewayDown();
    faults.cut();
    const answer = rig.ask('$ping');
    await supervisor.log.waitFor('gateway:disconnected');
    faults.gatewayDown(false);
    await supervisor.log.waitFor('gateway:resumed');
    expect((await answer).content).toMatch(/pong/i);
    expect(recorder.counters).toMatchObject({ identifies: 1, resumes: 1, maxLiveSessions: 1 });
    await gatewayIsReady();
    expect(await rig.history()).toEqual([]);
  });

  it('that stays open but acknowledges nothing is given up and resumed', async () => {
    const { faults, recorder } = rig.sandbox;
    const from = supervisor.log.lines.length;
    const mark = recorder.mark();
    faults.muteAcks();
    await botSends(RESUME, mark);
    faults.muteAcks(false);
    await supervisor.log.waitFor('gateway:resumed', undefined, { from });
    expect((await rig.ask('$ping')).id).toBeDefined();
    expect(recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
    await gatewayIsReady();
    expect(await rig.history()).toEqual([]);
  });
});

describe('a session that ends', () => {
  it('is begun anew with an IDENTIFY that the ledger counts', async () => {
    const { faults, recorder } = rig.sandbox;
    const { resumes } = recorder.counters;
    const mark = recorder.mark();
    faults.invalidateSession();
    await botSends(IDENTIFY, mark);
    await gatewayIsReady();
    expect((await rig.ask('$ping')).id).toBeDefined();
    const { remaining, total } = (await rig.status()).identifyBudget;
    expect(remaining).toBe(total - 2);
    expect((await rig.readState(rig.paths.identifyLedger)).identifies).toHaveLength(2);
    expect(supervisor.log.all('identify:granted')).toHaveLength(2);
    expect(recorder.counters).toMatchObject({ identifies: 2, resumes, maxLiveSessions: 1 });
    expect(await rig.history()).toEqual([]);
  });

  it('for good, because Discord refuses the token, ends both with 78 and says what to mend', async () => {
    rig.sandbox.faults.revokeToken();
    expect(await supervisor.ended).toEqual({ code: 78, signal: null });
    const whatToDo = /Discord refused the token — copy the token anew .* into DISCORD_TOKEN$/m;
    const complaints = supervisor.log.lines.filter(({ name, level }) => name === 'supervisor' && level >= 50);
    expect(complaints.map(({ msg }) => msg)).toEqual([expect.stringMatching(whatToDo)]);
    expect(complaints[0]).toBe(supervisor.log.lines.at(-1));
    const end = { class: 'config', code: 78, signal: null, reason: expect.stringMatching(whatToDo) };
    expect(await rig.history()).toMatchObject([end]);
    expect((await rig.supervisorCommand('history')).output).toMatch(whatToDo);
    expect(rig.sandbox.recorder.counters).toMatchObject({ identifies: 2, liveConnections: 0 });
    await expectNothingLeft(rig);
  });
});

describe('a gateway that stays away', () => {
  it('makes the supervisor restart Tux in order, which counts as a crash', async () => {
    await rig.dispose();
    await startReady({ TUX_GATEWAY_DOWN_LIMIT_MS: '1000' });
    const { faults, recorder } = rig.sandbox;
    const from = supervisor.log.lines.length;
    faults.gatewayDown();
    faults.cut();
    await supervisor.log.waitFor('gateway:down', undefined, { from });
    faults.gatewayDown(false);
    await supervisor.ready(from);

    const [run] = await rig.history();
    expect(run).toMatchObject({ class: 'crash', code: 75, signal: null });
    expect(run?.reason).toMatch(/gateway has been down for \d+ s/);
    expect(supervisor.log.all('shutdown:done')).toHaveLength(1);
    expect(await rig.readState(rig.paths.lastShutdown)).toMatchObject({ reason: run?.reason, clean: true });
    expect(await rig.status()).toMatchObject({ ready: true, restarts: { crash: 1, planned: 0 } });
    expect(recorder.counters).toMatchObject({ identifies: 1, maxLiveSessions: 1 });
  });
});
