import { describe, expect, it } from 'vitest';
import type { ApplicationParts } from '../../../../bot/app/application.js';
import { readVitals } from '../../../../bot/app/vitals.js';

describe('what a heartbeat says of the bot', () => {
  it('is that nothing is there yet, before there is a bot', () => {
    expect(readVitals({}, 1_200)).toEqual({
      state: 'INITIALIZING',
      degraded: false,
      tasks: 0,
      queueDepth: 0,
      databaseProblem: null,
      gateway: {
        status: 'idle',
        guilds: 0,
        pingMs: null,
        lastDispatchAgeMs: null,
        unansweredMs: 0,
        lastAckAgeMs: null,
        downForMs: 1_200,
      },
    });
  });

  it('comes from the bot once there is one', () => {
    const gateway = { status: 'ready', guilds: 2 };
    const parts = {
      runner: { state: 'RUNNING', isDegraded: true },
      tux: {
        tasks: { size: 3 },
        jobs: { depth: 4 },
        gateway: { status: () => gateway },
        database: { database: { problem: 'refused' } },
      },
    } as unknown as ApplicationParts;
    expect(readVitals(parts, 1_200)).toEqual({
      state: 'RUNNING',
      degraded: true,
      tasks: 3,
      queueDepth: 4,
      databaseProblem: 'refused',
      gateway,
    });
  });
});
