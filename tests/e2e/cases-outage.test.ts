import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SANDBOX_IDS } from '../../sandbox/index.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { TuxRig } from '../support/tux-rig.js';

let postgres: PostgresServer;
let databaseUrl: string;
let rig: TuxRig;

beforeAll(async () => {
  postgres = await startPostgres();
  databaseUrl = await postgres.createDatabase();
  rig = await TuxRig.create({ DATABASE_URL: databaseUrl });
});
afterAll(async () => {
  await rig.dispose();
  await postgres.stop();
});

/** Warns somebody, and waits for the answer. @param reason names the case. */
async function warn(reason: string): Promise<{ reason: string; answer: string }> {
  const { id } = rig.sandbox.actors.say({ text: `$warn ${SANDBOX_IDS.users.alice} ${reason}` });
  const { content } = await rig.sandbox.recorder.waitForMessage(
    (message) => message.message_reference?.message_id === id,
    {
      timeoutMs: 30_000,
    },
  );
  return { reason, answer: content };
}

async function reasonsOnRecord(): Promise<string[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ reason: string }>('SELECT reason FROM cases');
    return rows.map((row) => row.reason).sort();
  } finally {
    await client.end();
  }
}

it('a database that goes away and comes back amid warnings loses none that was confirmed, and doubles none', async () => {
  const supervisor = await rig.startReady();
  const warnings: Promise<{ reason: string; answer: string }>[] = [];
  const say = (count: number) => {
    for (let n = 0; n < count; n += 1) warnings.push(warn(`n${warnings.length}`));
  };
  say(10);
  await warnings[4];
  await postgres.pause(); // in the middle of the others
  say(10);
  await supervisor.log.waitFor('service:failed', ({ service }) => service === 'database');
  const refused = await warn('refused');
  expect(refused.answer).toMatch(/^My database does not answer right now, so I did nothing\./);
  await postgres.resume();
  await supervisor.log.waitFor('service:recovered', ({ service }) => service === 'database');
  say(5);

  const answers = await Promise.all(warnings);
  const confirmed = answers.filter(({ answer }) => /case #\d+/i.test(answer)).map(({ reason }) => reason);
  const notDone = answers.filter(({ answer }) => answer.includes('so I did nothing')).map(({ reason }) => reason);
  expect(confirmed.length).toBeGreaterThanOrEqual(10);
  const recorded = await reasonsOnRecord();
  expect(recorded).toEqual([...new Set(recorded)]);
  expect(recorded).toEqual(expect.arrayContaining(confirmed));
  expect(recorded.filter((reason) => notDone.includes(reason) || reason === 'refused')).toEqual([]);
  expect(supervisor.log.all('worker:ended')).toEqual([]);
});
