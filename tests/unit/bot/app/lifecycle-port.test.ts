import { beforeEach, describe, expect, it } from 'vitest';
import type { Application } from '../../../../bot/app/application.js';
import { createLifecyclePort } from '../../../../bot/app/lifecycle-port.js';
import { NotedLeases } from '../../../../bot/app/noted-leases.js';
import type { IdentifyLease } from '../../../../bot/discord/identify-leases.js';

const budget = { total: 1_000, remaining: 999, resetAt: null };
const denied = { granted: false, retryAfterMs: 1, reason: 'none left' } as const;

let ended: unknown[];
let parts: Record<string, unknown>;
let answers: IdentifyLease[];
let leases: NotedLeases;

beforeEach(() => {
  ended = [];
  parts = {};
  answers = [{ granted: true, budget }, denied];
  leases = new NotedLeases({ lease: async () => answers.shift() ?? denied });
});

function createPort() {
  const shutdown = async (...request: unknown[]) => void ended.push(request);
  const application = { options: { runId: 'RUN' }, parts, uptimeMs: 5_000, shutdown } as unknown as Application;
  return createLifecyclePort(application, leases);
}

describe('the lifecycle as cogs see it', () => {
  it('ends with 75 for a restart and 0 for good, in the name of who asked', () => {
    createPort().restart('owner', 'an update');
    createPort().shutdown('owner', 'good night');
    expect(ended).toEqual([
      [{ kind: 'command', message: 'an update', by: 'owner' }, 75],
      [{ kind: 'command', message: 'good night', by: 'owner' }, 0],
    ]);
  });

  it('shows what was left after the last IDENTIFY that was granted', async () => {
    const port = createPort();
    expect(port.identifyBudget()).toBeNull();
    const { signal } = new AbortController();
    await leases.lease(0, null, signal);
    expect(await leases.lease(0, null, signal)).toBe(denied);
    expect(port.identifyBudget()).toEqual(budget);
  });

  it('shows how far the start has got', () => {
    const port = createPort();
    const common = { runId: 'RUN', uptimeMs: 5_000 };
    expect(port.inspect()).toEqual({ ...common, state: 'INITIALIZING', isDegraded: false, services: [] });
    const services = [{ name: 'database', stage: 'running', critical: true }];
    parts.runner = { state: 'STARTING', isDegraded: true, inspect: () => services };
    expect(port.inspect()).toEqual({ ...common, state: 'STARTING', isDegraded: true, services });
  });
});
