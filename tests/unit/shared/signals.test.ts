import { beforeEach, describe, expect, it } from 'vitest';
import { countSignals, ownSignals } from '../../../shared/signals.js';
import { FakeClock } from '../../../shared/testing/index.js';

let clock: FakeClock;
let calls: string[];
const handlers = {
  onStop: (signal: string) => calls.push(`stop ${signal}`),
  onHurry: (signal: string) => calls.push(`hurry ${signal}`),
  onKill: (signal: string) => calls.push(`kill ${signal}`),
  onReload: (signal: string) => calls.push(`reload ${signal}`),
};

beforeEach(() => {
  clock = new FakeClock();
  calls = [];
});

describe('counting signals', () => {
  it('takes the first for a stop, the second for a hurry, all later ones for a kill', async () => {
    const handle = countSignals(handlers, clock);
    for (let n = 0; n < 4; n += 1) {
      handle('SIGINT');
      await clock.advance(1_000);
    }
    expect(calls).toEqual(['stop SIGINT', 'hurry SIGINT', 'kill SIGINT', 'kill SIGINT']);
  });

  it('takes the same signal within a second for an echo', async () => {
    const handle = countSignals(handlers, clock);
    handle('SIGINT'); // from the terminal
    handle('SIGINT'); // from npm
    await clock.advance(999);
    handle('SIGINT');
    expect(calls).toEqual(['stop SIGINT']);
  });

  it('takes another signal within a second for what it is', () => {
    const handle = countSignals(handlers, clock);
    handle('SIGINT');
    handle('SIGTERM');
    handle('SIGHUP');
    expect(calls).toEqual(['stop SIGINT', 'hurry SIGTERM', 'kill SIGHUP']);
  });

  it('knows the echo of each signal apart', async () => {
    const handle = countSignals(handlers, clock);
    handle('SIGINT');
    handle('SIGTERM');
    handle('SIGINT');
    handle('SIGTERM');
    expect(calls).toEqual(['stop SIGINT', 'hurry SIGTERM']);
  });

  it('does not wait for a wall clock that was set back', async () => {
    const handle = countSignals(handlers, clock);
    handle('SIGINT');
    clock.jumpWallClock(-3_600_000);
    await clock.advance(1_000);
    handle('SIGINT');
    expect(calls).toEqual(['stop SIGINT', 'hurry SIGINT']);
  });

  it('goes one step further each second for somebody who keeps pressing Ctrl-C', async () => {
    const handle = countSignals(handlers, clock);
    for (let n = 0; n < 10; n += 1) {
      handle('SIGINT');
      await clock.advance(250);
    }
    expect(calls).toEqual(['stop SIGINT', 'hurry SIGINT', 'kill SIGINT']);
  });
});

describe('owning the signals of this process', () => {
  it.each([
    ['SIGINT', true, 'stop'],
    ['SIGINT', false, 'stop'],
    ['SIGTERM', false, 'stop'],
    ['SIGHUP', true, 'stop'], // its window was closed
    ['SIGHUP', false, 'reload'],
    ['SIGUSR2', true, 'reload'],
    ['SIGUSR2', false, 'reload'],
  ] as const)(
    'takes %s (in a terminal: %s) for a %s, and no longer once it was given up',
    (signal, isTerminal, what) => {
      const before = process.listenerCount(signal);
      const release = ownSignals(handlers, clock, isTerminal);
      expect(process.listenerCount(signal)).toBe(before + 1);
      process.listeners(signal).at(-1)?.(signal);
      expect(calls).toEqual([`${what} ${signal}`]);
      release();
      expect(process.listenerCount(signal)).toBe(before);
    },
  );
});
