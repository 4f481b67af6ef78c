import { describe, expect, it } from 'vitest';
import { gatewayFailure } from '../../../../supervisor/worker/gateway-policy.js';
import { fakeWorker } from '../../../support/fake-status.js';

const { gateway } = fakeWorker();
if (!gateway) throw new Error('no gateway');

describe('the connection to Discord', () => {
  it.each([
    ['is kept while it is up', {}, null],
    ['is kept while it has been down for as long as it may', { status: 'disconnected', downForMs: 600_000 }, null],
    ['is given up after that', { status: 'disconnected', downForMs: 600_001 }, 'the gateway has been down for 10 min'],
    ['is kept while an answer is late', { unansweredMs: 600_000 }, null],
    [
      'is given up when it acknowledges and sends nothing for longer than that',
      { unansweredMs: 601_000, lastAckAgeMs: 10 },
      'the gateway has sent no events for 10 min 1 s, though it was asked for one',
    ],
  ] as const)('%s', (_title, more, reason) => {
    expect(gatewayFailure({ ...gateway, ...more }, 600_000)).toBe(reason);
  });
});
