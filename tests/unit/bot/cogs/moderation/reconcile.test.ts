import type { Guild } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { reconcile } from '../../../../../bot/cogs/moderation/reconcile.js';
import type { DatabasePort, JobsPort } from '../../../../../bot/framework/bot-services.js';
import type { JobRequest } from '../../../../../bot/scheduling/job-request.js';
import { FakeClock } from '../../../../../shared/testing/fake-clock.js';
import { fakeServices } from '../../../../support/framework-fakes.js';

const HERE = '1';
const HOUR_MS = 3_600_000;
const signal = new AbortController().signal;

interface Tempban {
  readonly id: number;
  readonly guildId: string;
  readonly expiresAt: Date;
}

/** Services with these temporary bans, and the keys of the jobs that are asked for. */
function servicesWith(tempbans: readonly Tempban[], clock = new FakeClock()) {
  const cases = {
    listPending: async () => [],
    listEnding: async (_: Date, limit: number, afterId = 0) => tempbans.slice(afterId, afterId + limit),
    closeEndedTimeouts: async () => {},
  };
  const keys: (string | undefined)[] = [];
  const { services } = fakeServices({
    database: { cases } as unknown as DatabasePort,
    guilds: { get: (id) => (id === HERE ? ({} as Guild) : undefined) },
    jobs: { enqueue: async ({ dedupeKey }: JobRequest) => keys.push(dedupeKey) } as unknown as JobsPort,
    clock,
  });
  return { services, keys };
}

describe('the reconcile', () => {
  it('reaches every ban, however many before it belong to guilds that the bot has left', async () => {
    const clock = new FakeClock();
    const expiresAt = new Date(clock.now());
    const tempbans = Array.from({ length: 401 }, (_, index) => ({
      id: index + 1,
      guildId: index === 400 ? HERE : 'left',
      expiresAt,
    }));
    const { services, keys } = servicesWith(tempbans, clock);
    await reconcile(services, 0, signal);
    expect(keys).toEqual(['lift:401']);
  });

  it('has a ban that should have ended lifted by a new job each hour, as the queue knows the key of the one before', async () => {
    const clock = new FakeClock();
    const { services, keys } = servicesWith([{ id: 7, guildId: HERE, expiresAt: new Date(clock.now()) }], clock);
    for (let half = 0; half < 5; half += 1) {
      await reconcile(services, 0, signal);
      await clock.advance(HOUR_MS / 2);
    }
    expect(keys).toEqual(['lift:7', 'lift:7', 'lift:7:1', 'lift:7:1', 'lift:7:2']);
  });
});
