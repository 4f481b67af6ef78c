import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SANDBOX_IDS } from '../../sandbox/index.js';
import { Conversation, textOf } from '../support/conversation.js';
import {
  type Disruption,
  disruptions,
  killWorker,
  randomDisruptions,
  type Subject,
  whileDown,
} from '../support/disruptions.js';
import { eventually } from '../support/processes.js';
import { seededRandom } from '../support/random.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { Traffic } from '../support/traffic.js';
import { TrafficStore } from '../support/traffic-store.js';
import { type Program, TuxRig } from '../support/tux-rig.js';

/** `npm run continuity -- --rounds 50 --seed N` sets them. */
const ROUNDS = Number(process.env.TUX_CONTINUITY_ROUNDS ?? 2);
const SEED = Number(process.env.TUX_CONTINUITY_SEED ?? 18);
/** Between two commands. Beside all other tests, on two cores, a hundred a second would show how busy the machine is. */
const INTERVAL_MS = Number(process.env.TUX_CONTINUITY_INTERVAL_MS ?? 50);
/** Nothing else runs on this machine. */
const IS_ALONE = process.env.TUX_CONTINUITY_INTERVAL_MS !== undefined;
/** A loop that is blocked for 4 s is taken for a hang: loading the bot's modules blocks it for two where four processes share a core. */
const HEARTBEAT = { TUX_HEARTBEAT_INTERVAL_MS: '200', TUX_HEARTBEAT_MISSES: '20' };
/** How many commands are answered before a disruption, and how many of those that come after it. */
const AROUND = 20;
const ROUND_LIMIT_MS = 20_000;
const SERVES_LIMIT_MS = 60_000;

let postgres: SharedPostgres;
let rig: TuxRig;
let store: TrafficStore;
let supervisor: Program;

beforeAll(async () => {
  postgres = await SharedPostgres.join();
  const databaseUrl = await postgres.createDatabase();
  rig = await TuxRig.create({ DATABASE_URL: databaseUrl, TUX_STANDBY: 'on', ...HEARTBEAT });
  store = await TrafficStore.open(databaseUrl);
  supervisor = await rig.startReady();
  await supervisor.log.waitFor('commands:registered');
  await new Conversation(rig.sandbox).slash('modlog', { channel: 'mod-log' });
});
afterAll(async () => {
  await store?.close();
  await rig?.dispose();
  await postgres?.leave();
});
// A test that failed may have left it on its way up.
beforeEach(() => eventually('Tux serves', async () => (await rig.status()).ready, SERVES_LIMIT_MS), SERVES_LIMIT_MS);

/** Traffic before, through and after what `disrupt` does; @returns how it fared, and what it cost at Discord. */
async function trafficThrough(seed: number, disrupt: (subject: Subject) => Promise<unknown>) {
  const { counters } = rig.sandbox.recorder;
  const before = { ...counters };
  const traffic = new Traffic(rig.sandbox, { seed, intervalMs: INTERVAL_MS });
  const subject: Subject = { rig, traffic, supervisor };
  try {
    traffic.start();
    await traffic.flow(AROUND);
    await disrupt(subject);
    await traffic.flow(AROUND);
    await traffic.stop();
    const report = await traffic.judge(store);
    const { identifies, takeOvers } = counters;
    const cost = { identifies: identifies - before.identifies, takeOvers: takeOvers - before.takeOvers };
    return { report, cost, maxLiveSessions: counters.maxLiveSessions };
  } catch (error) {
    await traffic.stop();
    await traffic.judge(store); // until all is answered: the next test would take what comes later for its own
    throw error;
  } finally {
    supervisor = subject.supervisor;
    await traffic.stop();
    traffic.close();
  }
}

/** As it is nearly always: a new one is prepared within seconds. */
function standbyReady(): Promise<void> {
  return eventually('there is a standby', async () => (await rig.status()).standby?.state === 'ready');
}

const NO_LOGIN = { identifies: 0, takeOvers: 0 };
const ONE_LOGIN = { identifies: 1, takeOvers: 0 };

describe('traffic that goes on', () => {
  const plainly: Disruption = { name: 'nothing at all', isCrash: false, mayExpire: false, run: async () => {} };

  it.each([plainly, ...disruptions].map((disruption) => [disruption.name, disruption] as const))(
    'through %s is answered and takes effect once each, without a login',
    async (_, disruption) => {
      const { report, cost, maxLiveSessions } = await trafficThrough(SEED, async (subject) => {
        if (!disruption.mayExpire) await standbyReady();
        await disruption.run(subject);
      });
      // How long it takes is for `npm run bench` to say, or for `npm run continuity` on a machine that does nothing else.
      expect(report.complaint({ mayExpire: disruption.mayExpire || !IS_ALONE })).toBeNull();
      expect(cost).toEqual(NO_LOGIN);
      expect(maxLiveSessions).toBe(1);
    },
  );

  it(
    `through ${ROUNDS} random ones in a row is answered and takes effect once each, without a login (seed ${SEED})`,
    async () => {
      const random = seededRandom(SEED);
      const chosen = randomDisruptions(random);
      const names: string[] = [];
      const { report, cost, maxLiveSessions } = await trafficThrough(SEED, async (subject) => {
        for (let round = 1; round <= ROUNDS; round += 1) {
          const disruption = chosen.next().value;
          names.push(disruption.name);
          await disruption.run(subject);
          await sleep(random() * 300); // the next one may come upon a worker that has only just begun
        }
      });
      if (IS_ALONE) process.stdout.write(`${report.summary}\n`);
      expect(report.complaint({ mayExpire: true }), `seed ${SEED}: ${names.join(', ')}`).toBeNull();
      expect(cost).toEqual(NO_LOGIN);
      expect(maxLiveSessions).toBe(1);
    },
    60_000 + ROUNDS * ROUND_LIMIT_MS,
  );
});

describe('a session that cannot be resumed', () => {
  /** The role is new: what the bot knows of it, it knows from Discord. */
  function expectedRoles(): string {
    return String(rig.sandbox.world.guild(SANDBOX_IDS.guild).roles.length - 1);
  }

  async function expectCorrectCaches(): Promise<void> {
    const info = await new Conversation(rig.sandbox).say('$serverinfo');
    const fields = Object.fromEntries((info.embeds[0]?.fields ?? []).map(({ name, value }) => [name, value]));
    expect(fields).toMatchObject({
      Owner: `<@${SANDBOX_IDS.users.owner}>`,
      Channels: '2 text, 0 voice',
      Roles: expectedRoles(),
    });
    const refused = await new Conversation(rig.sandbox).say(`$warn ${SANDBOX_IDS.users.bob} caps`, { as: 'alice' });
    expect(textOf(refused)).not.toContain('is warned');
  }

  /** While neither is there a role is made, and the session spoilt. What comes then is not about standbys, and each costs a second of computing. */
  const whileAway = (subject: Pick<Subject, 'rig' | 'supervisor'>, prevent: () => unknown) =>
    whileDown(
      subject,
      async () => {
        rig.sandbox.world.roles.create(SANDBOX_IDS.guild, { name: 'new' });
        await prevent();
      },
      { TUX_STANDBY: 'off' },
    );

  const tamper = async (path: string, change: (text: string) => string) => {
    const text = await readFile(path, 'utf8');
    const changed = change(text);
    expect(changed).not.toBe(text);
    await writeFile(path, changed);
  };

  /** In the midst of the first line about the guild. */
  const torn = (text: string) => text.slice(0, text.indexOf(`"of":"${SANDBOX_IDS.guild}"`) + 100);

  const obstacles: readonly (readonly [string, () => unknown])[] = [
    ['Discord has forgotten it', () => rig.sandbox.faults.invalidateSession()],
    ['Discord refuses it, three times if asked so often', () => rig.sandbox.faults.refuseResumes(3)],
    ['the snapshot of the caches is torn', () => tamper(rig.paths.gatewayCache, torn)],
  ];

  const otherObstacles: readonly (readonly [string, () => unknown])[] = [
    [
      'the snapshot of the caches is damaged',
      () => tamper(rig.paths.gatewayCache, (text) => text.replace('Tux Sandbox', 'Tux sandbox')),
    ],
    [
      'the snapshot was made by another version of Tux',
      () => tamper(rig.paths.gatewayCache, (text) => text.replace(/"schemaVersion":\d+/, '"schemaVersion":999')),
    ],
    [
      'it was begun by another version of discord.js',
      () => tamper(rig.paths.gatewaySession, (text) => text.replace(/14\.\d+\.\d+/, '14.0.0')),
    ],
  ];

  it.each(obstacles)('because %s costs one login, and nothing that Discord could still tell', async (_, prevent) => {
    const { report, cost, maxLiveSessions } = await trafficThrough(SEED, (subject) => whileAway(subject, prevent));
    rig.sandbox.faults.reset();
    expect(report.complaint({ mayExpire: true, mayBeUndeliverable: true })).toBeNull();
    expect(cost).toEqual(ONE_LOGIN);
    expect(maxLiveSessions).toBe(1);
    await expectCorrectCaches();
  });

  it.each(otherObstacles)('because %s costs one login, and the caches are right', async (_, prevent) => {
    const { counters } = rig.sandbox.recorder;
    const { identifies } = counters;
    const subject = { rig, supervisor };
    await whileAway(subject, prevent).finally(() => {
      supervisor = subject.supervisor;
    });
    expect(counters.identifies).toBe(identifies + 1);
    await expectCorrectCaches();
  });

  it('leaves behind one that can be resumed', async () => {
    const { report, cost } = await trafficThrough(SEED, async (subject) => {
      await killWorker.run(subject);
    });
    expect(report.complaint({ mayExpire: !IS_ALONE })).toBeNull();
    expect(cost).toEqual(NO_LOGIN);
    await expectCorrectCaches();
  });
});
