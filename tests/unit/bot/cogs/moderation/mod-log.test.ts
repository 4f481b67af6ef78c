import { describe, expect, it } from 'vitest';
import type { CaseRecord } from '../../../../../bot/cogs/moderation/measure.js';
import { logCase } from '../../../../../bot/cogs/moderation/mod-log.js';
import type { BotServices, DatabasePort } from '../../../../../bot/framework/bot-services.js';
import { TuxError } from '../../../../../shared/errors.js';
import { fakeServices, recordingLogger } from '../../../../support/framework-fakes.js';

const record = {
  id: 7,
  guildId: 'g',
  number: 3,
  type: 'warn',
  status: 'closed',
  userId: '1',
  moderatorId: '2',
  reason: 'rude',
  createdAt: new Date(0),
  expiresAt: null,
  logChannelId: null,
  logMessageId: null,
} as unknown as CaseRecord;

/** Services in which nothing can be sent, for this reason. */
function servicesWithout(error: Error) {
  const logger = recordingLogger();
  const send = async () => {
    throw error;
  };
  const { services } = fakeServices({
    database: { guildConfig: { getById: async () => ({ modLogChannelId: 'log' }) } } as unknown as DatabasePort,
    messenger: { send } as unknown as BotServices['messenger'],
    log: logger.log,
  });
  return { services, logger };
}

describe('a case that cannot be shown in the log channel', () => {
  it('is so for good when Discord does not want it: that is told', async () => {
    const { services, logger } = servicesWithout(Object.assign(new Error('Missing Access'), { status: 403 }));
    expect(await logCase(services, record)).toEqual({ failedIn: 'log' });
    expect(logger.events()).toEqual(['moderation:log:failed']);
  });

  it('since Tux is shutting down is left to the next worker, and not given up', async () => {
    const closed = new TuxError('TUX_NOT_LOGGED_IN', 'Tux is not logged in to Discord');
    const { services, logger } = servicesWithout(closed);
    await expect(logCase(services, record)).rejects.toBe(closed);
    expect(logger.events()).toEqual([]);
  });
});
