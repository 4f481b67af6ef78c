import { beforeEach, describe, expect, it } from 'vitest';
import { createReminderDelivery } from '../../../../../bot/cogs/utility/reminder-delivery.js';
import type { BotServices } from '../../../../../bot/framework/bot-services.js';
import type { Messenger } from '../../../../../bot/framework/messenger.js';
import type { Delivery } from '../../../../../bot/scheduling/reminder-sender.js';

const failure = (status: number, code = 0) => Object.assign(new Error(`HTTP ${status}`), { status, code });

describe('the delivery of a reminder', () => {
  let sent: unknown[][];
  let channelFailure: Error | null;
  let userFailure: Error | null;
  let memberFailure: Error | null;

  beforeEach(() => {
    sent = [];
    channelFailure = null;
    userFailure = null;
    memberFailure = null;
  });

  const dueAt = Date.UTC(2026, 0, 1);

  function deliver(channelId: string | undefined, lateMs = 0) {
    const messenger: Messenger = {
      send: async (...args) => {
        if (channelFailure) throw channelFailure;
        sent.push(['channel', ...args]);
        return { id: '1', channelId: '1' };
      },
      sendToUser: async (...args) => {
        if (userFailure) throw userFailure;
        sent.push(['user', ...args]);
        return { id: '1', channelId: '1' };
      },
      edit: async () => {},
    };
    const clock = { now: () => dueAt + lateMs };
    const fetch = async () => {
      if (memberFailure) throw memberFailure;
      return {};
    };
    const guilds = { get: () => ({ members: { fetch } }) };
    const reminder = { userId: 'u', guildId: 'g', channelId, content: 'tea', dueAt: new Date(dueAt).toISOString() };
    const deliverIt = createReminderDelivery({ messenger, clock, guilds } as unknown as BotServices);
    return deliverIt({
      reminder: reminder as Delivery['reminder'],
      effectKey: 'key',
      signal: new AbortController().signal,
    });
  }

  const message = { content: '⏰ <@u> tea', mentionUserIds: ['u'] };

  it('goes to the channel it was asked for in, under its key', async () => {
    expect(await deliver('c')).toBe('delivered');
    expect(sent).toEqual([['channel', 'c', message, 'key']]);
  });

  it.each([
    [60_000, ''],
    [60_001, '\n-# Sorry, this is 1 minute late.'],
    [2 * 3_600_000 + 59_999, '\n-# Sorry, this is 2 hours late.'],
  ])('says so when it is more than a minute late: %d ms', async (lateMs, apology) => {
    await deliver('c', lateMs);
    expect(sent).toEqual([['channel', 'c', { ...message, content: `${message.content}${apology}` }, 'key']]);
  });

  it.each([failure(404, 10_003), failure(403, 50_001)])(
    'goes to the user when the channel answers %s',
    async (error) => {
      channelFailure = error;
      expect(await deliver('c')).toBe('delivered');
      expect(sent).toEqual([['user', 'u', message, 'key']]);
    },
  );

  it('goes to the user alone when they are no member any more', async () => {
    memberFailure = failure(404, 10_007);
    expect(await deliver('c')).toBe('delivered');
    expect(sent).toEqual([['user', 'u', message, 'key']]);
  });

  it('waits until Discord says whether they are a member', async () => {
    memberFailure = failure(503);
    await expect(deliver('c')).rejects.toThrow('HTTP 503');
    expect(sent).toEqual([]);
  });

  it('goes to the user when there is no channel', async () => {
    expect(await deliver(undefined)).toBe('delivered');
    expect(sent[0]?.[0]).toBe('user');
  });

  it('is given up when the user takes no messages either', async () => {
    userFailure = failure(403, 50_007);
    expect(await deliver(undefined)).toBe('undeliverable');
  });

  it('is left to be tried again when Discord is down', async () => {
    channelFailure = failure(503);
    await expect(deliver('c')).rejects.toThrow('HTTP 503');
    expect(sent).toEqual([]);
  });
});
