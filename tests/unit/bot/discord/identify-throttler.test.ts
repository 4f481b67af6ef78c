import type { WebSocketManager } from '@discordjs/ws';
import { beforeEach, describe, expect, it } from 'vitest';
import type { IdentifyLease } from '../../../../bot/discord/identify-leases.js';
import { LeasedIdentifyThrottler } from '../../../../bot/discord/identify-throttler.js';
import type { SessionStartLimit } from '../../../../shared/ipc-protocol.js';
import { FakeClock } from '../../../../shared/testing/index.js';

const limit: SessionStartLimit = { total: 1_000, remaining: 900, reset_after: 0, max_concurrency: 1 };
const granted: IdentifyLease = { granted: true, budget: { total: 1_000, remaining: 899, resetAt: null } };
const denied: IdentifyLease = { granted: false, retryAfterMs: 60_000, reason: 'reserve' };

let clock: FakeClock;
let closing: AbortController;
let shardClosed: AbortController;
let answer: () => Promise<IdentifyLease>;
let asked: (SessionStartLimit | null)[];
let denials: unknown[];
let fetches: boolean[];
let fetchInformation: () => Promise<{ session_start_limit: SessionStartLimit }>;
let throttler: LeasedIdentifyThrottler;

beforeEach(() => {
  clock = new FakeClock();
  closing = new AbortController();
  shardClosed = new AbortController();
  answer = async () => granted;
  asked = [];
  denials = [];
  fetches = [];
  fetchInformation = async () => ({ session_start_limit: limit });
  const manager = {
    fetchGatewayInformation: (isForced: boolean) => {
      fetches.push(isForced);
      return fetchInformation();
    },
  } as unknown as WebSocketManager;
  const leases = {
    lease: async (_shardId: number, known: SessionStartLimit | null, signal: AbortSignal) => {
      signal.throwIfAborted();
      asked.push(known);
      return answer();
    },
  };
  const onDenied = (lease: unknown) => denials.push(lease);
  throttler = new LeasedIdentifyThrottler(manager, { leases, clock, closing: closing.signal, onDenied });
});

/** Asks for an IDENTIFY and looks whether that settles without time going by. */
async function ask(): Promise<{ state: () => string }> {
  let state = 'waiting';
  throttler.waitForIdentify(0, shardClosed.signal).then(
    () => {
      state = 'identified';
    },
    (error: Error) => {
      state = `rejected: ${error.message}`;
    },
  );
  await clock.settle();
  return { state: () => state };
}

describe('LeasedIdentifyThrottler', () => {
  it('lets the first IDENTIFY through as soon as it is granted, with what Discord said', async () => {
    expect((await ask()).state()).toBe('identified');
    expect([asked, fetches, denials]).toEqual([[limit], [false], []]);
  });

  it('spends one of the budget for each IDENTIFY, with fresh figures from the second on', async () => {
    await ask();
    await clock.advance(60_000);
    expect((await ask()).state()).toBe('identified');
    expect([asked.length, fetches]).toEqual([2, [false, true]]);
  });

  it('keeps more than 5 s between two, whatever the wall clock says', async () => {
    await ask();
    await clock.advance(1_000);
    clock.jumpWallClock(3_600_000);
    const second = await ask();
    await clock.advance(4_249);
    expect([second.state(), asked.length]).toEqual(['waiting', 1]);
    await clock.advance(1);
    expect([second.state(), asked.length]).toEqual(['identified', 2]);
  });

  it('asks all the same when Discord does not say what is left: then our own count decides', async () => {
    fetchInformation = () => Promise.reject(new Error('503'));
    expect((await ask()).state()).toBe('identified');
    expect(asked).toEqual([null]);
  });

  it('never settles after a denial, and says so once', async () => {
    answer = async () => denied;
    const refused = await ask();
    await clock.advance(86_400_000);
    expect([refused.state(), denials]).toEqual(['waiting', [denied]]);
  });

  it('ends a wait with the reason of discord.js when the shard closes meanwhile, and spends nothing', async () => {
    await ask();
    const second = await ask();
    shardClosed.abort(new Error('shard closed'));
    await clock.settle();
    expect([second.state(), asked.length, clock.pending]).toEqual(['rejected: shard closed', 1, 0]);
  });

  it('hands on that the lease was called off', async () => {
    shardClosed.abort(new Error('shard closed'));
    expect((await ask()).state()).toBe('rejected: shard closed');
  });
});

describe('once the client is closing, an IDENTIFY', () => {
  it('is not asked for any more', async () => {
    closing.abort();
    const asking = await ask();
    await clock.advance(86_400_000);
    expect([asking.state(), asked, fetches]).toEqual(['waiting', [], []]);
  });

  it('that was being granted is not let through', async () => {
    let grant = (_lease: IdentifyLease) => {};
    answer = () =>
      new Promise((resolve) => {
        grant = resolve;
      });
    const asking = await ask();
    closing.abort();
    grant(granted);
    await clock.settle();
    expect(asking.state()).toBe('waiting');
  });

  it('that is denied by then is nobody’s business', async () => {
    let deny = (_lease: IdentifyLease) => {};
    answer = () =>
      new Promise((resolve) => {
        deny = resolve;
      });
    await ask();
    closing.abort();
    deny(denied);
    await clock.settle();
    expect(denials).toEqual([]);
  });

  it('that waited for its turn is not asked for', async () => {
    await ask();
    const second = await ask();
    closing.abort();
    await clock.advance(10_000);
    expect([second.state(), asked.length]).toEqual(['waiting', 1]);
  });
});
