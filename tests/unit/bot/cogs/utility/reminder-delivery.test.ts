import { beforeEach, describe, expect, it } from 'vitest';
import { createReminderDelivery } from '../../../../../bot/cogs/utility/reminder-delivery.js';
import type { Messenger } from '../../../../../bot/framework/messenger.js';
import type { Delivery } from '../../../../../bot/scheduling/reminders.js';

const failure = (status: number, code = 0) => Object.assign(new Error(`HTTP ${status}`), { status, code });

describe('the delivery of a reminder', () => {
  let sent: unknown[][];
  let channelFailure: Error | null;
  let userFailure: Error | null;

  beforeEach(() => {
    sent = [];
    channelFailure = null;
    userFailure = null;
  });

  function deliver(channelId: string | undefined) {
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
    const reminder = { userId: 'u', channelId, content: 'tea' } as Delivery['reminder'];
    return createReminderDelivery(messenger)({ reminder, effectKey: 'key', signal: new AbortController().signal });
  }

  const message = { content: '⏰ <@u> tea', mentionUserIds: ['u'] };

  it('goes to the channel it was asked for in, under its key', async () => {
    expect(await deliver('c')).toBe('delivered');
    expect(sent).toEqual([['channel', 'c', message, 'key']]);
  });

  it.each([failure(404, 10_003), failure(403, 50_001)])(
    'goes to the user when the channel answers %s',
    async (error) => {
      channelFailure = error;
      expect(await deliver('c')).toBe('delivered');
      expect(sent).toEqual([['user', 'u', message, 'key']]);
    },
  );

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
