import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventReminders } from '../../../../../bot/cogs/events/event-reminders.js';
import type { EventChange, ScheduledEvent } from '../../../../../bot/framework/scheduled-event.js';
import { ReminderService } from '../../../../../bot/scheduling/reminders.js';
import { silentLogger } from '../../../../../shared/logging/logger.js';
import { FakeClock } from '../../../../../shared/testing/fake-clock.js';

const HOUR_MS = 3_600_000;

let folder: string;
let clock: FakeClock;
let dms: ReminderService;
let known: Map<string, ScheduledEvent>;
let reminders: EventReminders;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-event-reminders-'));
  clock = new FakeClock();
  known = new Map();
  await restart();
});
afterEach(async () => {
  await dms.dispose();
  await rm(folder, { recursive: true });
});

async function restart(): Promise<void> {
  await dms?.dispose().catch(() => {});
  dms = new ReminderService({
    kind: 'dm-scheduled',
    snapshotPath: join(folder, 'dm.json'),
    journalPath: join(folder, 'dm.journal'),
    runId: 'run',
    clock,
    log: silentLogger(),
  });
  await dms.open();
  const events = { get: (id: string) => known.get(id), list: () => [...known.values()], subscribe: () => () => {} };
  reminders = new EventReminders({ scheduledDms: dms, events, clock });
}

function plan(id: string, more: Partial<ScheduledEvent> = {}): ScheduledEvent {
  const startAt = new Date(clock.now() + HOUR_MS).toISOString();
  const event: ScheduledEvent = { id, guildId: 'g', name: `Event ${id}`, startAt, status: 'scheduled', ...more };
  known.set(id, event);
  return event;
}

let presses = 0;
const press = async (eventId: string, userId: string) => {
  presses += 1;
  return (await reminders.press(`press ${presses}`, eventId, userId)).kind;
};
const contents = () => dms.listAll().map(({ userId, content }) => `${userId}: ${content.split(' begins')[0]}`);

describe('EventReminders', () => {
  it('toggle for one person and one event: cancelling leaves those of others alone', async () => {
    plan('1');
    plan('11');
    expect([await press('1', 'alice'), await press('11', 'alice'), await press('1', 'bob')]).toEqual([
      'on',
      'on',
      'on',
    ]);
    expect(await press('1', 'alice')).toBe('off');
    expect(contents()).toEqual(['alice: ⏰ **Event 11**', 'bob: ⏰ **Event 1**']);
    await restart();
    expect(contents()).toEqual(['alice: ⏰ **Event 11**', 'bob: ⏰ **Event 1**']);
    expect(await press('11', 'alice')).toBe('off');
  });

  it('take presses in turn, and one that is handled twice once', async () => {
    plan('1');
    const fast = await Promise.all([press('1', 'alice'), press('1', 'alice'), press('1', 'alice')]);
    expect(fast).toEqual(['on', 'off', 'on']);
    const again = await Promise.all([reminders.press('same', '1', 'bob'), reminders.press('same', '1', 'bob')]);
    expect(again.map(({ kind }) => kind)).toEqual(['on', 'on']);
    expect(dms.size).toBe(2);
  });

  it('are not for what is gone or under way, but can be taken back then', async () => {
    plan('1');
    await press('1', 'alice');
    plan('1', { status: 'active' });
    expect([await press('1', 'bob'), await press('1', 'alice'), await press('2', 'bob')]).toEqual([
      'under-way',
      'off',
      'gone',
    ]);
    plan('3', { startAt: new Date(clock.now()).toISOString() });
    expect(await press('3', 'bob')).toBe('under-way');
  });

  it('say so when one is going out at this moment', async () => {
    plan('1', { startAt: new Date(clock.now() + 1).toISOString() });
    let isGoingOut = () => {};
    const goingOut = new Promise<void>((resolve) => {
      isGoingOut = resolve;
    });
    dms.start(() => {
      isGoingOut();
      return new Promise(() => {});
    });
    expect(await press('1', 'alice')).toBe('on');
    await goingOut;
    expect(await press('1', 'alice')).toBe('leaving');
  });

  it('follow what happens to an event, once however often that is told', async () => {
    const before = plan('1');
    await press('1', 'alice');
    const moved = plan('1', { startAt: new Date(clock.now() + 24 * HOUR_MS).toISOString() });
    const change: EventChange = { kind: 'changed', event: moved, before };
    for (let times = 0; times < 2; times += 1) await reminders.follow(change);
    expect(dms.listAll()).toMatchObject([{ dueAt: new Date(clock.now() + 23.75 * HOUR_MS).toISOString() }]);
    await reminders.follow({ kind: 'created', event: moved });

    known.delete('1');
    for (let times = 0; times < 2; times += 1) await reminders.follow({ kind: 'cancelled', event: moved });
    expect(contents()).toEqual([expect.stringMatching(/^alice: ❌ \*\*Event 1\*\*, planned for/)]);
    expect(dms.listAll()).toMatchObject([{ dueAt: new Date(clock.now()).toISOString() }]);
    await restart(); // killed before the cache was written: the change is told again
    await reminders.follow({ kind: 'cancelled', event: moved });
    expect(dms.size).toBe(1);

    plan('1'); // the farewell is no reminder that could be taken back
    expect(await press('1', 'alice')).toBe('on');
    expect(dms.size).toBe(2);
  });

  it('catch up with what nobody has noted, in the guild that is known and nowhere else', async () => {
    for (const id of ['1', '2', '3']) plan(id);
    plan('4', { guildId: 'h' });
    await dms.create({ userId: 'alice', guildId: 'g', content: 'else', dueAt: new Date(clock.now()).toISOString() });
    for (const id of ['1', '2', '3', '4']) await press(id, 'alice');
    plan('2', { startAt: new Date(clock.now() + 24 * HOUR_MS).toISOString() });
    for (const id of ['3', '4']) known.delete(id);
    for (let times = 0; times < 2; times += 1) await reminders.catchUp('g');
    expect(contents()).toEqual([
      'alice: else',
      'alice: ⏰ **Event 1**',
      'alice: ⏰ **Event 2**',
      'alice: ❌ That event is cancelled or over: ~~⏰ **Event 3**',
      'alice: ⏰ **Event 4**',
    ]);
    const dues = dms.listAll().map(({ dueAt }) => (Date.parse(dueAt) - clock.now()) / HOUR_MS);
    expect(dues).toEqual([0, 0.75, 23.75, 0, 0.75]);
  });

  it('are forgotten without a word when we hear no more of the guild', async () => {
    const event = plan('1');
    await press('1', 'alice');
    await reminders.follow({ kind: 'lost', event });
    expect(dms.size).toBe(0);
  });
});
