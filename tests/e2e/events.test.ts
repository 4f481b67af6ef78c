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
  await rig.dispose();
  await postgres.leave();
});

it('reminders of events, and their board, follow what happened while a killed worker was away', async () => {
  const { alice } = SANDBOX_IDS.users;
  const { organizer, recorder } = rig.sandbox;
  const before = recorder.mark();
  const people = new Conversation(rig.sandbox);
  await people.say('$events board');
  for (const name of ['Tea', 'Chess']) {
    organizer.create({ name, startsInMs: 3_600_000 });
    await people.posted(new RegExp(`\\*\\*${name}\\*\\*`), before);
    const answer = await people.click(`Remind me: ${name}`, { as: 'alice' });
    expect(answer.content).toContain('🔔');
  }

  const from = supervisor.log.lines.length;
  process.kill(supervisor.workerPid, 'SIGKILL');
  await supervisor.log.waitFor('worker:ended', undefined, { from });
  organizer.cancel({ event: 'Tea' });
  const { startAt } = organizer.move({ event: 'Chess', startsInMs: 2 * 3_600_000 });
  await supervisor.ready(from);

  const isForAlice = ({ directWith }: { directWith?: string }) => directWith === alice;
  await recorder.sightings.waitFor(isForAlice, { after: before });
  await people.posted(new RegExp(`<t:${Math.round(Date.parse(startAt) / 1_000)}:R>`), before); // the board
  const told = recorder.sightings.since(before).filter(isForAlice);
  expect(told.map(({ message }) => message?.content)).toEqual([expect.stringMatching(/^❌ .*\*\*Tea\*\*/)]);

  supervisor.kill('SIGTERM');
  await supervisor.ended;
  const { records } = await rig.readState(rig.paths.scheduledDms);
  const dueAt = new Date(Date.parse(startAt) - 15 * 60_000).toISOString();
  const toCome = (records as { state: string }[]).filter(({ state }) => state !== 'gone');
  expect(toCome).toMatchObject([{ userId: alice, dueAt, content: expect.stringContaining('Chess') }]);
});
