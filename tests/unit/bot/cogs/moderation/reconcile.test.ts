import type { Guild } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { reconcile } from '../../../../../bot/cogs/moderation/reconcile.js';
import type { DatabasePort, JobsPort } from '../../../../../bot/framework/bot-services.js';
import { fakeServices } from '../../../../support/framework-fakes.js';

const HERE = '1';
const signal = new AbortController().signal;

describe('the reconcile', () => {
  it('reaches every ban, however many before it belong to guilds that the bot has left', async () => {
    const expiresAt = new Date(0);
    const tempbans = Array.from({ length: 401 }, (_, index) => ({
      id: index + 1,
      guildId: index === 400 ? HERE : 'left',
      expiresAt,
    }));
    const cases = {
      listPending: async () => [],
      listEnding: async (_: Date, limit: number, afterId = 0) => tempbans.slice(afterId, afterId + limit),
      closeEndedTimeouts: async () => {},
    };
    const enqueued: unknown[] = [];
    const { services } = fakeServices({
      database: { cases } as unknown as DatabasePort,
      guilds: { get: (id) => (id === HERE ? ({} as Guild) : undefined) },
      jobs: { enqueue: async (request: unknown) => enqueued.push(request) } as unknown as JobsPort,
    });
    await reconcile(services, 0, signal);
    expect(enqueued).toMatchObject([{ payload: { caseId: 401 } }]);
  });
});
