import { beforeEach, describe, expect, it } from 'vitest';
import type { SupervisorMessage } from '../../../../shared/ipc-protocol.js';
import type { LeaseAnswer } from '../../../../supervisor/supervisor-state.js';
import { LeaseDesk } from '../../../../supervisor/worker/lease-desk.js';
import { recordingLogger } from '../../../support/framework-fakes.js';

const request = { type: 'identify-lease', id: '1', shardId: 0, limit: null } as const;

let sent: SupervisorMessage[];
let logger: ReturnType<typeof recordingLogger>;

beforeEach(() => {
  sent = [];
  logger = recordingLogger();
});

async function answerWith(lease: () => Promise<LeaseAnswer>): Promise<void> {
  const worker = { runId: 'RUN', send: (message: SupervisorMessage) => sent.push(message) > 0 };
  const desk = new LeaseDesk({ worker, state: { leaseIdentify: lease }, reserve: 0.2, log: logger.log });
  await desk.answer(request);
}

describe('a worker that wants to send an IDENTIFY', () => {
  it('hears what is left when it may', async () => {
    const budget = { total: 1_000, remaining: 999, resetAt: null };
    await answerWith(async () => ({ granted: true, budget }));
    expect(sent).toEqual([{ type: 'identify-granted', id: '1', budget }]);
    expect(logger.events()).toEqual(['identify:granted']);
  });

  it('hears why, and when to ask again, when it may not', async () => {
    const budget = { total: 1_000, remaining: 200, resetAt: null };
    await answerWith(async () => ({ granted: false, retryAfterMs: 60_000, budget }));
    const reason = '200 of 1000 IDENTIFYs left, which is the reserve';
    expect(sent).toEqual([{ type: 'identify-denied', id: '1', retryAfterMs: 60_000, reason }]);
    expect(logger.events()).toEqual(['identify:denied']);
  });

  it('may not when it cannot be written down', async () => {
    await answerWith(() => Promise.reject(new Error('the disk is full')));
    const reason = 'an IDENTIFY must be written down first: the disk is full';
    expect(sent).toEqual([{ type: 'identify-denied', id: '1', retryAfterMs: 0, reason }]);
  });
});
