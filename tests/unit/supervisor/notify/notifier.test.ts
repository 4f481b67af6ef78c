import { describe, expect, it } from 'vitest';
import { TuxError } from '../../../../shared/errors.js';
import { composeNotification } from '../../../../supervisor/notify/notification.js';
import { type Channel, Notifier } from '../../../../supervisor/notify/notifier.js';

const notification = composeNotification({ kind: 'test', now: 0, host: 'web-1', reason: 'because' }, []);
const never = new AbortController().signal;

/** A channel that notes that it was tried. */
function channel(name: string, tried: string[], problem: string | null = null, isAvailable = true): Channel {
  return {
    name,
    isAvailable: () => isAvailable,
    send: async () => {
      tried.push(name);
      if (problem !== null) throw new TuxError('TUX_NOTIFY', problem, { hint: 'mend it' });
    },
  };
}

describe('Notifier', () => {
  it('stops at the first channel that works', async () => {
    const tried: string[] = [];
    const notifier = new Notifier([channel('first', tried), channel('second', tried)]);
    expect(notifier.availableChannels).toEqual(['first', 'second']);
    expect(await notifier.send(notification, never)).toEqual({ delivered: true, channel: 'first', failures: [] });
    expect(tried).toEqual(['first']);
  });

  it('falls back in the order of the channels, passing over those that are not configured', async () => {
    const tried: string[] = [];
    const notifier = new Notifier([
      channel('off', tried, null, false),
      channel('broken', tried, 'no route'),
      channel('works', tried),
      channel('not needed', tried),
    ]);
    expect(notifier.availableChannels).toEqual(['broken', 'works', 'not needed']);
    expect(await notifier.send(notification, never)).toEqual({
      delivered: true,
      channel: 'works',
      failures: [{ channel: 'broken', reason: 'no route — mend it' }],
    });
    expect(tried).toEqual(['broken', 'works']);
  });

  it('says so when all channels failed, with each reason', async () => {
    const result = await new Notifier([channel('a', [], 'x'), channel('b', [], 'y')]).send(notification, never);
    expect(result).toMatchObject({ delivered: false, error: 'All notification channels failed' });
    expect(result.failures.map(({ reason }) => reason)).toEqual(['x — mend it', 'y — mend it']);
  });

  it('tries nothing more once it is given up', async () => {
    const tried: string[] = [];
    const giveUp = new AbortController();
    const slow: Channel = {
      name: 'slow',
      isAvailable: () => true,
      send: (_, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    };
    const result = new Notifier([slow, channel('next', tried)]).send(notification, giveUp.signal);
    giveUp.abort(new Error('over'));
    expect(await result).toMatchObject({ delivered: false, failures: [{ channel: 'slow', reason: 'over' }] });
    expect(tried).toEqual([]);
  });
});
