import { describe, expect, it } from 'vitest';
import { createDmDelivery } from '../../../../bot/framework/delivery.js';
import type { Delivery } from '../../../../bot/scheduling/reminder-sender.js';

const dueAt = Date.UTC(2026, 0, 1);

function deliver(lateMs: number, failure?: object) {
  const sent: unknown[] = [];
  const sendToUser = async (...args: unknown[]) => {
    if (failure) throw Object.assign(new Error('refused'), failure);
    sent.push(args);
    return { id: '1', channelId: '1' };
  };
  const reminder = { userId: 'u', content: 'Tea!', dueAt: new Date(dueAt).toISOString() } as Delivery['reminder'];
  const delivery = { reminder, effectKey: 'key', signal: new AbortController().signal };
  return { sent, outcome: createDmDelivery({ sendToUser }, { now: () => dueAt + lateMs })(delivery) };
}

describe('the delivery of a scheduled DM', () => {
  it('sends what it says under its key, and excuses itself when it is late', async () => {
    const { sent, outcome } = deliver(60_000);
    expect(await outcome).toBe('delivered');
    expect(sent).toEqual([['u', { content: 'Tea!' }, 'key']]);
    const late = deliver(5 * 60_000 + 1);
    await late.outcome;
    expect(late.sent).toEqual([['u', { content: 'Tea!\n-# Sorry, this is 5 minutes late.' }, 'key']]);
  });

  it('gives up on people who take no messages or are gone, and nobody else', async () => {
    expect(await deliver(0, { status: 403, code: 50_007 }).outcome).toBe('undeliverable');
    expect(await deliver(0, { status: 404, code: 10_013 }).outcome).toBe('undeliverable');
    await expect(deliver(0, { status: 500 }).outcome).rejects.toThrow('refused');
  });
});
