import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { reminderFate } from '../../../../bot/scheduling/reminder-policy.js';
import type { Deliver, Delivery } from '../../../../bot/scheduling/reminder-sender.js';
import { ReminderService } from '../../../../bot/scheduling/reminders.js';
import { Journal } from '../../../../shared/journal.js';
import { silentLogger } from '../../../../shared/logging/logger.js';
import { FakeClock } from '../../../../shared/testing/fake-clock.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

let folder: string;
let clock: FakeClock;
const services: ReminderService[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tux-reminders-'));
  clock = new FakeClock();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(services.splice(0).map((service) => service.dispose()));
  await clock.settle();
  expect(clock.pending, 'no timer is left').toBe(0);
  await rm(folder, { recursive: true });
});

function newService(deliveryTimeoutMs = 10_000): ReminderService {
  const service = new ReminderService({
    kind: 'reminders',
    snapshotPath: join(folder, 'reminders.json'),
    journalPath: join(folder, 'reminders.journal'),
    runId: 'run',
    clock,
    log: silentLogger(),
    random: () => 0.5,
    deliveryTimeoutMs,
  });
  services.push(service);
  return service;
}

async function openService(): Promise<ReminderService> {
  const service = newService();
  await service.open();
  return service;
}

function request(dueInMs: number, content = 'tea', userId = 'alice') {
  return { userId, content, dueAt: new Date(clock.now() + dueInMs).toISOString() };
}

/** Records what goes out. */
function mailbox(outcome: Awaited<ReturnType<Deliver>> = 'delivered') {
  const sent: Delivery[] = [];
  const deliver: Deliver = async (delivery) => {
    sent.push(delivery);
    return outcome;
  };
  const contents = () => sent.map(({ reminder }) => reminder.content);
  return { sent, deliver, contents };
}

const empty = (service: ReminderService) => vi.waitFor(() => expect(service.size).toBe(0), { interval: 1 });

describe('reminderFate', () => {
  const now = Date.UTC(2026, 0, 10);
  const iso = (offsetMs: number) => new Date(now + offsetMs).toISOString();
  const base = { id: '0'.repeat(26), userId: 'u', content: '', createdAt: iso(-9 * DAY_MS), attempts: 0 };

  it.each([
    ['scheduled', 'pending', 1, undefined],
    ['late', 'pending', 0, undefined],
    ['late', 'pending', -DAY_MS, undefined],
    ['dropped', 'pending', -DAY_MS - 1, undefined],
    ['resent', 'sending', -DAY_MS * 2, -2 * MINUTE_MS],
    ['assumed-sent', 'sending', -1, -2 * MINUTE_MS - 1],
    ['assumed-sent', 'sending', -1, undefined],
    ['done', 'sent', -1, undefined],
  ] as const)('%s: %s, due at %d ms, sending at %s ms', (fate, state, dueMs, sendingMs) => {
    const sendingAt = sendingMs === undefined ? undefined : iso(sendingMs);
    expect(reminderFate({ ...base, state, dueAt: iso(dueMs), sendingAt }, now, DAY_MS)).toBe(fate);
  });
});

describe('ReminderService', () => {
  it('takes a second request with the key of one that is still to come for the same, after a restart too', async () => {
    const service = await openService();
    const keyed = { ...request(10_000), dedupeKey: 'event-1' };
    const [first, again] = await Promise.all([service.create(keyed), service.create(keyed)]);
    expect(again).toEqual(first);
    await service.dispose();
    const next = await openService();
    expect((await next.create(keyed)).id).toBe(first.id);
    expect(next.size).toBe(1);
    expect(await next.cancel(first.id, 'alice')).toBe(true);
    expect((await next.create(keyed)).id).not.toBe(first.id);
  });

  it('sends each reminder once, when it is due', async () => {
    const service = await openService();
    const { deliver, contents } = mailbox();
    service.start(deliver);
    await service.create(request(40 * DAY_MS, 'far'));
    await service.create(request(20_000, 'second'));
    await service.create(request(10_000, 'first'));
    expect(clock.pending, 'one timer for all').toBe(1);
    await clock.advance(9_999);
    expect(contents()).toEqual([]);
    await clock.advance(1);
    await vi.waitFor(() => expect(contents()).toEqual(['first']));
    await clock.advance(10_000);
    await vi.waitFor(() => expect(service.size).toBe(1));
    expect(contents()).toEqual(['first', 'second']);
    await clock.advance(40 * DAY_MS);
    await empty(service);
    expect(contents()).toEqual(['first', 'second', 'far']);
  });

  it('has a reminder on disk as soon as create resolves, and finds it after a kill', async () => {
    const before = await openService();
    const reminder = await before.create(request(DAY_MS));
    expect(await readFile(join(folder, 'reminders.journal'), 'utf8')).toContain(reminder.id);
    await before.dispose();
    const after = newService();
    expect(await after.open()).toEqual({ scheduled: 1 });
    expect(after.list('alice')).toEqual([reminder]);
  });

  it('writes `sending` before the message goes out', async () => {
    const service = await openService();
    const { sent, deliver } = mailbox();
    const seen: string[] = [];
    service.start(async (delivery) => {
      seen.push(await readFile(join(folder, 'reminders.journal'), 'utf8'));
      return deliver(delivery);
    });
    const { id } = await service.create(request(0));
    await empty(service);
    expect(JSON.parse(seen[0]?.trim().split('\n').at(-1) ?? '')).toMatchObject({
      record: { put: { id, state: 'sending', attempts: 1 } },
    });
    expect(sent).toMatchObject([{ effectKey: id.slice(1) }]);
  });

  it('sends late ones once and drops those that nobody needs any more', async () => {
    const before = await openService();
    await before.create(request(MINUTE_MS, 'too late'));
    await before.create(request(DAY_MS, 'late'));
    await before.dispose();
    await clock.advance(DAY_MS + 2 * MINUTE_MS);
    const service = newService();
    expect(await service.open()).toEqual({ dropped: 1, late: 1 });
    const { deliver, contents } = mailbox();
    service.start(deliver);
    await empty(service);
    expect(contents()).toEqual(['late']);
    await service.dispose();
    expect(await newService().open()).toEqual({});
  });

  it.each([
    ['sends it again under the same effect key', MINUTE_MS, { resent: 1 }, 2],
    ['counts it as sent when Discord no longer knows the key', 3 * MINUTE_MS, { 'assumed-sent': 1 }, 1],
  ])('killed in the middle of a delivery: %s', async (_, downMs, counts, deliveries) => {
    const before = await openService();
    const keys: string[] = [];
    before.start(({ effectKey }) => {
      keys.push(effectKey);
      return new Promise(() => {});
    });
    await before.create(request(0));
    await vi.waitFor(() => expect(keys).toHaveLength(1));
    await before.dispose();
    await clock.advance(downMs);
    const service = newService();
    expect(await service.open()).toEqual(counts);
    service.start(async ({ effectKey }) => {
      keys.push(effectKey);
      return 'delivered';
    });
    await empty(service);
    expect(keys).toHaveLength(deliveries);
    expect(new Set(keys).size).toBe(1);
  });

  it('tries again after a pause, not for ever', async () => {
    const service = await openService();
    const deliver = vi.fn<Deliver>().mockRejectedValue(new Error('502'));
    service.start(deliver);
    await service.create(request(0));
    await clock.whenSleeping();
    expect(deliver).toHaveBeenCalledTimes(1);
    await clock.advance(2_500);
    await vi.waitFor(() => expect(deliver).toHaveBeenCalledTimes(2));
    for (let attempt = 2; attempt < 20; attempt += 1) {
      await clock.whenSleeping();
      await clock.advance(8 * MINUTE_MS);
      await vi.waitFor(() => expect(deliver).toHaveBeenCalledTimes(attempt + 1));
    }
    await empty(service);
    expect(deliver).toHaveBeenCalledTimes(20);
  });

  it('drops a reminder that cannot be delivered', async () => {
    const service = await openService();
    const { sent, deliver } = mailbox('undeliverable');
    service.start(deliver);
    await service.create(request(0));
    await empty(service);
    expect(sent).toHaveLength(1);
  });

  it('gives up on a delivery that hangs and tries again', async () => {
    const service = newService(20);
    await service.open();
    const deliver = vi.fn<Deliver>().mockImplementationOnce(() => new Promise(() => {}));
    deliver.mockResolvedValueOnce('delivered');
    service.start(deliver);
    await service.create(request(0));
    await clock.whenSleeping();
    expect(deliver.mock.calls[0]?.[0].signal.aborted).toBe(true);
    await clock.advance(2_500);
    await empty(service);
    expect(deliver).toHaveBeenCalledTimes(2);
  });

  it('delivers at most four at a time', async () => {
    const service = await openService();
    for (let n = 0; n < 6; n += 1) await service.create(request(0, `${n}`));
    const pending: (() => void)[] = [];
    service.start(() => new Promise((resolve) => pending.push(() => resolve('delivered'))));
    await vi.waitFor(() => expect(pending).toHaveLength(4));
    pending.shift()?.();
    await vi.waitFor(() => expect(service.size).toBe(5));
    await vi.waitFor(() => expect(pending).toHaveLength(4));
    for (const finish of pending) finish();
    await vi.waitFor(() => expect(pending).toHaveLength(5)); // the last one, once the disk has taken note of it
    expect(service.size).toBeGreaterThan(0);
    pending.at(-1)?.();
    await empty(service);
  });

  it('does not send a second time when the disk refused to note the first', async () => {
    const service = await openService();
    const { sent, deliver } = mailbox();
    const append = vi.spyOn(Journal.prototype, 'append');
    service.start(async (delivery) => {
      append.mockRejectedValueOnce(new Error('disk full'));
      return deliver(delivery);
    });
    await service.create(request(0));
    await clock.whenSleeping();
    await clock.advance(2_500);
    await empty(service);
    expect(sent).toHaveLength(1);
  });

  it('lists the reminders of a user by due time and cancels only those', async () => {
    const service = await openService();
    const { deliver, contents } = mailbox();
    service.start(deliver);
    const later = await service.create(request(2_000, 'later'));
    const sooner = await service.create(request(1_000, 'sooner'));
    const other = await service.create(request(1_500, 'other', 'bob'));
    expect(service.list('alice')).toEqual([sooner, later]);
    expect(await service.cancel(other.id, 'alice')).toBe(false);
    expect(await service.cancel(sooner.id, 'alice')).toBe(true);
    expect(await service.cancel(sooner.id, 'alice')).toBe(false);
    await clock.advance(2_000);
    await empty(service);
    expect(contents().sort()).toEqual(['later', 'other']);
  });

  it('keeps a reminder whose cancellation could not be written', async () => {
    const service = await openService();
    const { deliver, contents } = mailbox();
    service.start(deliver);
    const { id } = await service.create(request(1_000));
    vi.spyOn(Journal.prototype, 'append').mockRejectedValueOnce(new Error('disk full'));
    await expect(service.cancel(id, 'alice')).rejects.toThrow('disk full');
    await clock.advance(1_000);
    await empty(service);
    expect(contents()).toEqual(['tea']);
  });

  it('is asked for once by an event, also when it has gone or was cancelled before a restart', async () => {
    const service = await openService();
    const { deliver, contents } = mailbox();
    service.start(deliver);
    const sent = await service.create({ ...request(1_000), eventKey: 'event-1' });
    const unwanted = await service.create({ ...request(60_000, 'coffee'), eventKey: 'event-2' });
    expect((await service.create({ ...request(9_000), eventKey: 'event-1' })).id).toBe(sent.id);
    await clock.advance(1_000);
    await vi.waitFor(() => expect(service.size).toBe(1));
    expect(await service.cancel(unwanted.id, 'alice', 'event-3')).toBe(true);
    expect(service.size).toBe(0);
    await service.dispose();
    const next = await openService();
    next.start(deliver);
    expect([next.size, next.listAll(), next.list('alice')]).toEqual([0, [], []]);
    expect(await next.create({ ...request(1_000), eventKey: 'event-1' })).toMatchObject({
      id: sent.id,
      dueAt: sent.dueAt,
    });
    expect(await next.create({ ...request(1_000), eventKey: 'event-2' })).toMatchObject({ id: unwanted.id });
    expect(await next.cancel(unwanted.id, 'alice', 'event-3')).toBe(true);
    expect(await next.cancel(unwanted.id, 'alice', 'event-4')).toBe(false);
    expect(next.findByEvent('event-3')).toMatchObject({ id: unwanted.id, cancelledBy: 'event-3' });
    await clock.advance(9_000);
    expect(contents()).toEqual(['tea']);
    await clock.advance(DAY_MS);
    expect(next.findByEvent('event-1')).toBeUndefined();
    expect((await next.create({ ...request(60_000), eventKey: 'event-1' })).id).not.toBe(sent.id);
    expect(next.size).toBe(1);
  });

  it('cancelled one moment and asked for anew the next is kept, whatever is written first', async () => {
    const service = await openService();
    const keyed = { ...request(1_000), dedupeKey: 'event-1' };
    const first = await service.create(keyed);
    const [isCancelled, second] = await Promise.all([service.cancel(first.id, 'alice'), service.create(keyed)]);
    expect(isCancelled).toBe(true);
    expect(second.id).not.toBe(first.id);
    expect(service.list('alice')).toEqual([second]);
    expect(await service.create(keyed)).toEqual(second);
    await service.dispose();
    const next = await openService();
    expect(next.listAll()).toEqual([second]);
    expect((await next.create(keyed)).id).toBe(second.id);
  });

  it('that could not be cancelled does not take its key back from the one that came after', async () => {
    const service = await openService();
    const { deliver } = mailbox();
    const keyed = { ...request(1_000), dedupeKey: 'event-1' };
    const first = await service.create(keyed);
    vi.spyOn(Journal.prototype, 'append').mockRejectedValueOnce(new Error('disk full'));
    const refusal = expect(service.cancel(first.id, 'alice')).rejects.toThrow('disk full');
    const second = await service.create({ ...keyed, dueAt: request(60_000).dueAt });
    await refusal;
    service.start(deliver);
    await clock.advance(1_000);
    await vi.waitFor(() => expect(service.listAll()).toEqual([second]));
    expect((await service.create(keyed)).id).toBe(second.id);
  });

  it('is changed in one step, after a restart too', async () => {
    const service = await openService();
    const { deliver, contents } = mailbox();
    service.start(deliver);
    const moved = await service.create(request(1_000, 'old'));
    const other = await service.create(request(1_000, 'other', 'bob'));
    const later = request(DAY_MS, 'new');
    expect(await service.change(moved.id, 'alice', { content: 'new', dueAt: later.dueAt })).toBe(true);
    expect(await service.change(other.id, 'alice', { content: 'not mine' })).toBe(false);
    await clock.advance(1_000);
    await vi.waitFor(() => expect(contents()).toEqual(['other']));
    await service.dispose();
    const next = newService();
    expect(await next.open()).toEqual({ scheduled: 1 });
    expect(next.listAll()).toEqual([{ ...moved, content: 'new', dueAt: later.dueAt }]);
    next.start(deliver);
    expect(await next.change(moved.id, 'alice', { dueAt: request(0).dueAt })).toBe(true);
    await empty(next);
    expect(contents()).toEqual(['other', 'new']);
  });

  it('that gives up its key leaves it to others, and keeps it when the disk refuses', async () => {
    const service = await openService();
    const keyed = { ...request(1_000), dedupeKey: 'event-1' };
    const first = await service.create(keyed);
    vi.spyOn(Journal.prototype, 'append').mockRejectedValueOnce(new Error('disk full'));
    await expect(service.change(first.id, 'alice', { dedupeKey: null })).rejects.toThrow('disk full');
    expect((await service.create(keyed)).id).toBe(first.id);
    expect(await service.change(first.id, 'alice', { dedupeKey: null })).toBe(true);
    const second = await service.create(keyed);
    expect(second.id).not.toBe(first.id);
    expect(service.listAll().map(({ dedupeKey }) => dedupeKey)).toEqual([undefined, 'event-1']);
    await expect(service.change(second.id, 'alice', { dueAt: 'soon' })).rejects.toMatchObject({
      code: 'TUX_REMINDER_INVALID',
    });
  });

  it('is not changed while it goes out, nor when it may have gone out before a crash', async () => {
    const before = await openService();
    const ids: string[] = [];
    before.start(({ reminder }) => {
      ids.push(reminder.id);
      return new Promise(() => {});
    });
    const { id } = await before.create(request(0));
    await vi.waitFor(() => expect(ids).toEqual([id]));
    expect(await before.change(id, 'alice', { content: 'x' })).toBe(false);
    expect(await before.cancel(id, 'alice')).toBe(false);
    await before.dispose();
    const after = newService();
    expect(await after.open()).toEqual({ resent: 1 });
    expect(await after.change(id, 'alice', { content: 'x' })).toBe(false);
  });

  it('of the other store is kept for longer, and its lines in the log are not the same', async () => {
    const logger = recordingLogger();
    const files = { snapshotPath: join(folder, 'dm.json'), journalPath: join(folder, 'dm.journal') };
    const newStore = () => {
      const service = new ReminderService({ ...files, kind: 'dm-scheduled', runId: 'run', clock, log: logger.log });
      services.push(service);
      return service;
    };
    const before = newStore();
    await before.open();
    await before.create(request(0));
    await before.dispose();
    await clock.advance(7 * DAY_MS);
    const service = newStore();
    expect(await service.open()).toEqual({ late: 1 });
    service.start(mailbox().deliver);
    await empty(service);
    expect(logger.events()).toEqual(['dms:opened', 'dms:opened', 'dm:sent']);
    expect(logger.records.map(({ msg }) => msg).join()).not.toContain('reminder');
  });

  it('refuses what is not valid, and everything once it is disposed', async () => {
    const service = await openService();
    await expect(service.create({ ...request(0), dueAt: 'tomorrow' })).rejects.toMatchObject({
      code: 'TUX_REMINDER_INVALID',
    });
    await service.dispose();
    await expect(service.create(request(0))).rejects.toMatchObject({ code: 'TUX_CLOSING' });
  });

  it('takes one for the next run after it stopped: the command that asks was let finish', async () => {
    const service = await openService();
    const early = mailbox();
    service.start(early.deliver);
    await service.stop(AbortSignal.abort());
    const { id } = await service.create(request(0));
    await service.persist();
    await service.dispose();
    expect(early.sent).toEqual([]);
    const next = await openService();
    expect(next.list('alice').map((reminder) => reminder.id)).toEqual([id]);
  });

  it('stops: waits for a delivery, begins no other, and leaves one that was cut short as `sending`', async () => {
    const service = await openService();
    const pending: (() => void)[] = [];
    service.start(
      ({ signal }) =>
        new Promise((resolve, reject) => {
          pending.push(() => resolve('delivered'));
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    await service.create(request(0, 'finishes'));
    const cut = await service.create(request(0, 'cut short'));
    await vi.waitFor(() => expect(pending).toHaveLength(2));
    const time = new AbortController();
    const stopping = service.stop(time.signal);
    pending[0]?.();
    await vi.waitFor(() => expect(service.size).toBe(1));
    time.abort();
    await stopping;
    await service.persist();
    expect(service.list('alice')).toMatchObject([{ id: cut.id, state: 'sending', attempts: 1 }]);
    expect(await readFile(join(folder, 'reminders.json'), 'utf8')).toContain(cut.id);
  });
});
