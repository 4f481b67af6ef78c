import { afterAll, beforeAll, expect, it } from 'vitest';
import { SANDBOX_IDS } from '../../sandbox/index.js';
import { Conversation } from '../support/conversation.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { type Program, TuxRig } from '../support/tux-rig.js';

let postgres: SharedPostgres;
let rig: TuxRig;
let supervisor: Program;

beforeAll(async () => {
  postgres = await SharedPostgres.join();
  rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
  supervisor = await rig.startReady();
}, 60_000);
afterAll(async () => {
  await rig?.dispose();
  await postgres?.leave();
});

const isBanned = (user: string) => user in rig.sandbox.world.guild(SANDBOX_IDS.guild).bans;

it('a ban of 10 s and a reminder that a kill -9 comes upon end on time, each once', async () => {
  const { bob } = SANDBOX_IDS.users;
  const before = rig.sandbox.recorder.mark();
  const people = new Conversation(rig.sandbox);
  await people.say('$remind 4s green tea', { as: 'alice' });
  const bannedAt = Date.now();
  await people.say(`$tempban ${bob} 10s spam`);
  expect(isBanned(bob)).toBe(true);

  const from = supervisor.log.lines.length;
  process.kill(supervisor.workerPid, 'SIGKILL');
  await supervisor.ready(from);

  await rig.sandbox.recorder.waitForRequest(
    ({ method, path }) => method === 'DELETE' && path.endsWith(`/bans/${bob}`),
    { after: before, timeoutMs: 20_000 },
  );
  expect(Date.now() - bannedAt).toBeGreaterThanOrEqual(10_000);
  expect(isBanned(bob)).toBe(false);
  const said = rig.sandbox.recorder.sightings.since(before).map(({ message }) => message?.content ?? '');
  expect(said.filter((content) => /^⏰ <@\d+> green tea/.test(content))).toHaveLength(1);
});
