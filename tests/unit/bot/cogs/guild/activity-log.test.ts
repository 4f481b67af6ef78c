import { beforeEach, describe, expect, it } from 'vitest';
import type { Activity } from '../../../../../bot/cogs/guild/activity.js';
import { activityLogOf } from '../../../../../bot/cogs/guild/activity-log.js';
import { fakeServices } from '../../../../support/framework-fakes.js';

const deletion = (messageId: string): Activity => ({ kind: 'delete', channelId: 'c', messageId, said: null });

describe('the activity log', () => {
  /** What Discord was sent, by key: a second post with a key is none. */
  let posts: Map<string, number>;
  /** What is in the database, which outlives the runs. */
  let owners: Map<string, string>;
  let isDatabaseAway: boolean;

  beforeEach(() => {
    posts = new Map();
    owners = new Map();
    isDatabaseAway = false;
  });

  /** Reports in a run of its own, which ends without a word. @returns the keys that were sent. */
  async function report(...messageIds: string[]): Promise<string[]> {
    const sent: string[] = [];
    const { services, clock } = fakeServices({
      database: {
        guildConfig: { getById: async () => ({ activityLogChannelId: 'log' }) },
        effects: {
          async claimAll(keys: readonly string[], owner: string) {
            if (isDatabaseAway) throw new Error('away');
            for (const key of keys) if (!owners.has(key)) owners.set(key, owner);
            return new Map(keys.map((key) => [key, owners.get(key)]));
          },
        },
      },
      messenger: {
        async send(_channelId: string, { embeds = [] }: { embeds?: readonly unknown[] }, key: string) {
          sent.push(key);
          if (!posts.has(key)) posts.set(key, embeds.length);
          return { id: '1', channelId: 'log' };
        },
      },
    } as never);
    const stop = new AbortController();
    const running = activityLogOf(services).run(stop.signal);
    const reported = messageIds.map((id) => activityLogOf(services).report('g', deletion(id), 'elsewhere'));
    await clock.settle();
    await clock.advance(2_000);
    await Promise.all(reported);
    stop.abort();
    await running;
    return sent;
  }

  it('tells once what is told again together with something new', async () => {
    await report('1', '2');
    await report('1', '2', '3'); // the run before was killed before it got to know that it had posted
    expect([...posts.values()]).toEqual([2, 1]);
  });

  it('finishes the post that was begun, with the same key', async () => {
    const [key] = await report('1', '2');
    posts.clear(); // it did not get there
    expect(await report('1', '2')).toEqual([key]);
    expect([...posts.values()]).toEqual([2]);
  });

  it('does without the database', async () => {
    isDatabaseAway = true;
    await report('1');
    await report('1');
    expect([...posts.values()]).toEqual([1]);
  });
});
